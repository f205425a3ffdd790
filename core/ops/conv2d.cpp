#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_conv2d(const OpCall& c) {
  takes("conv2d", c, 0, sdk::kFloats);
  same_dtype("conv2d", c, 0, c.in.size() - 1);
  const Shape y = conv2d_shape("conv2d", c.attrs, c.shape(0), c.shape(1));
  need_vector("conv2d", c, 2, "bias", y[1]);
  return {{c.dtype(0), y}};
}

std::vector<Var> gradient_conv2d(Builder& b, const GradCall& c) {
  const Var x = c.in[0], weight = c.in[1], gy = c.gout[0];
  std::vector<Var> gin(c.in.size());
  if (c.want[0]) {
    gin[0] = b.call1("conv2d_grad_input", {gy, weight},
                     with(c.attrs, "input_size", Ints{x.shape()[2], x.shape()[3]}));
  }
  if (c.want[1]) {
    gin[1] = b.call1("conv2d_grad_weight", {gy, x},
                     with(c.attrs, "kernel_size", Ints{weight.shape()[2], weight.shape()[3]}));
  }
  if (c.in.size() > 2 && c.want[2]) gin[2] = sum(gy, {0, 2, 3});
  return gin;
}

}  // namespace

OpDef op_conv2d() {
  OpDef d;
  d.name = "conv2d";
  d.doc = "cross-correlation of x (N, C, H, W) with weight (O, C/groups, KH, KW), plus bias (O)";
  d.min_in = 2;
  d.max_in = 3;
  d.attrs = conv2d_attrs();
  d.infer = infer_conv2d;
  d.gradient = gradient_conv2d;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, out[0], taps(c.shape(1)));
  };
  d.samples = {{{{{2, 3, 5, 6}}, {{4, 3, 3, 2}}, {{4}}}, {}},
               {{{{1, 4, 7, 5}}, {{6, 2, 3, 3}}},
                {{"stride", Ints{2, 1}}, {"padding", Ints{1, 2}}, {"groups", 2}}},
               {{{{2, 3, 9, 8}}, {{3, 1, 2, 3}}, {{3}}},
                {{"stride", Ints{3, 2}}, {"dilation", Ints{3, 2}}, {"groups", 3}}},
               {{{{3, 5, 4, 4}}, {{7, 5, 1, 1}}}, {}},
               {{{{0, 2, 4, 4}}, {{3, 2, 3, 3}}, {{3}}}, {}}};
  return d;
}

}  // namespace nnrun
