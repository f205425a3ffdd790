#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_adaptive_avg_pool2d_grad(const OpCall& c) {
  takes("adaptive_avg_pool2d_grad", c, 0, sdk::kFloats);
  const Shape x = with_input_size("adaptive_avg_pool2d_grad", c.attrs, c.shape(0));
  if (x[2] < 1 || x[3] < 1) {
    op_error("adaptive_avg_pool2d_grad", "input_size gives " + x.str() + ", which has no elements");
  }
  return {{c.dtype(0), x}};
}

}  // namespace

OpDef op_adaptive_avg_pool2d_grad() {
  OpDef d;
  d.name = "adaptive_avg_pool2d_grad";
  d.doc = "gradient of adaptive_avg_pool2d, from gy (N, C, OH, OW)";
  d.attrs = {input_size_attr()};
  d.infer = infer_adaptive_avg_pool2d_grad;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Shape& y = c.in[0].shape();
    return {b.call1("adaptive_avg_pool2d", {c.gout[0]}, {{"output_size", Ints{y[2], y[3]}}})};
  };
  d.samples = {{{{{2, 3, 1, 1}}}, {{"input_size", Ints{6, 4}}}},
               {{{{1, 2, 3, 4}}}, {{"input_size", Ints{7, 5}}}},
               {{{{2, 1, 4, 5}}}, {{"input_size", Ints{2, 3}}}},
               {{{{0, 2, 2, 2}}}, {{"input_size", Ints{4, 4}}}}};
  return d;
}

}  // namespace nnrun
