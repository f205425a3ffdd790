#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_matmul(const OpCall& c) {
  same_dtype("matmul", c, 0, 1);
  const Shape &x = c.shape(0), &y = c.shape(1);
  const int r = x.rank();
  if (r < 2 || y.rank() != r) {
    op_error("matmul",
             "needs two operands of the same rank >= 2, got " + x.str() + " and " + y.str());
  }
  if (x[r - 1] != y[r - 2]) {
    op_error("matmul", "inner sizes differ: " + x.str() + " by " + y.str());
  }
  Shape bx(x.begin(), x.end() - 2), by(y.begin(), y.end() - 2), s;
  if (!broadcast(bx, by, &s)) {
    op_error("matmul", "leading sizes of " + x.str() + " and " + y.str() + " do not broadcast");
  }
  s.push_back(x[r - 2]);
  s.push_back(y[r - 1]);
  return {{c.dtype(0), s}};
}

}  // namespace

OpDef op_matmul() {
  OpDef d;
  d.name = "matmul";
  d.doc = "(..., M, K) by (..., K, N) -> (..., M, N); leading dimensions broadcast";
  d.min_in = d.max_in = 2;
  d.infer = infer_matmul;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], y = c.in[1], g = c.gout[0];
    Var gx, gy;
    if (c.want[0]) gx = sum_to(matmul(g, transpose(y, -1, -2)), x.shape());
    if (c.want[1]) gy = sum_to(matmul(transpose(x, -1, -2), g), y.shape());
    return {gx, gy};
  };
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, out[0], c.shape(0).back());
  };
  d.samples = {{{{{2, 3}}, {{3, 4}}}, {}},
               {{{{1, 5}}, {{5, 1}}}, {}},
               {{{{2, 1, 3, 4}}, {{5, 4, 2}}}, {}},
               {{{{2, 0}}, {{0, 3}}}, {}},
               {{{{17, 33}}, {{33, 19}}}, {}}};
  d.samples[2].in[1].shape = {1, 5, 4, 2};
  return d;
}

}  // namespace nnrun
