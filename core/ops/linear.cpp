#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// (..., F) as (rows, F).
Var rows(Var x) {
  Shape lead(x.shape().begin(), x.shape().end() - 1);
  return reshape(x, {lead.numel(), x.shape().back()});
}

std::vector<Type> infer_linear(const OpCall& c) {
  takes("linear", c, 0, sdk::kFloats);
  same_dtype("linear", c, 0, c.in.size() - 1);
  const Shape &x = c.shape(0), &weight = c.shape(1);
  need_rank("linear", "weight", weight, 2);
  if (x.empty() || x.back() != weight[1]) {
    op_error("linear", "input " + x.str() + " does not end in the " + std::to_string(weight[1]) +
                           " features that weight " + weight.str() + " takes");
  }
  need_vector("linear", c, 2, "bias", weight[0]);
  Shape y = x;
  y.back() = weight[0];
  return {{c.dtype(0), y}};
}

std::vector<Var> compose_linear(Builder&, const Attrs&, std::span<const Var> in) {
  Var y = matmul(rows(in[0]), transpose(in[1], 0, 1));
  if (in.size() > 2 && in[2]) y = y + in[2];
  Shape shape = in[0].shape();
  shape.back() = in[1].shape()[0];
  return {reshape(y, shape)};
}

std::vector<Var> gradient_linear(Builder&, const GradCall& c) {
  const Var x = c.in[0], weight = c.in[1], gy = rows(c.gout[0]);
  std::vector<Var> gin(c.in.size());
  if (c.want[0]) gin[0] = reshape(matmul(gy, weight), x.shape());
  if (c.want[1]) gin[1] = matmul(transpose(gy, 0, 1), rows(x));
  if (c.in.size() > 2 && c.want[2]) gin[2] = sum(gy, {0});
  return gin;
}

}  // namespace

OpDef op_linear() {
  OpDef d;
  d.name = "linear";
  d.doc = "x W^T + b of x (..., I), weight (O, I), bias (O)";
  d.min_in = 2;
  d.max_in = 3;
  d.infer = infer_linear;
  d.compose = compose_linear;
  d.gradient = gradient_linear;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, out[0], c.shape(1).back());
  };
  d.samples = {{{{{3, 5}}, {{4, 5}}, {{4}}}, {}},
               {{{{2, 3, 7}}, {{2, 7}}}, {}},
               {{{{6}}, {{3, 6}}, {{3}}}, {}},
               {{{{17, 33}}, {{19, 33}}, {{19}}}, {}},
               {{{{0, 4}}, {{3, 4}}, {{3}}}, {}}};
  return d;
}

}  // namespace nnrun
