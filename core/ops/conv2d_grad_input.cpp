#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_conv2d_grad_input(const OpCall& c) {
  takes("conv2d_grad_input", c, 0, sdk::kFloats);
  same_dtype("conv2d_grad_input", c, 0, 1);
  const Shape &gy = c.shape(0), &weight = c.shape(1);
  need_rank("conv2d_grad_input", "weight", weight, 4);
  Shape x = with_input_size("conv2d_grad_input", c.attrs, gy);
  x[1] = checked_mul(weight[1], c.attrs.integer("groups"));
  need_shape("conv2d_grad_input", "gy", gy, conv2d_shape("conv2d_grad_input", c.attrs, x, weight));
  return {{c.dtype(0), x}};
}

std::vector<Var> gradient_conv2d_grad_input(Builder& b, const GradCall& c) {
  const Var gy = c.in[0], weight = c.in[1], gx = c.gout[0];
  const Attrs a = without(c.attrs, "input_size");
  Var to_gy, to_weight;
  if (c.want[0]) to_gy = b.call1("conv2d", {gx, weight}, a);
  if (c.want[1]) {
    to_weight = b.call1("conv2d_grad_weight", {gy, gx},
                        with(a, "kernel_size", Ints{weight.shape()[2], weight.shape()[3]}));
  }
  return {to_gy, to_weight};
}

}  // namespace

OpDef op_conv2d_grad_input() {
  OpDef d;
  d.name = "conv2d_grad_input";
  d.doc =
      "gradient of conv2d for x, from gy (N, O, OH, OW) and weight; also transposed convolution";
  d.min_in = d.max_in = 2;
  d.attrs = conv2d_attrs();
  d.attrs.push_back(input_size_attr());
  d.infer = infer_conv2d_grad_input;
  d.gradient = gradient_conv2d_grad_input;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, c.type(0), taps(c.shape(1)));
  };
  d.samples = {{{{{2, 4, 3, 5}}, {{4, 3, 3, 2}}}, {{"input_size", Ints{5, 6}}}},
               {{{{1, 6, 4, 7}}, {{6, 2, 3, 3}}},
                {{"input_size", Ints{7, 5}},
                 {"stride", Ints{2, 1}},
                 {"padding", Ints{1, 2}},
                 {"groups", 2}}},
               {{{{2, 3, 2, 2}}, {{3, 1, 2, 3}}},
                {{"input_size", Ints{9, 8}},
                 {"stride", Ints{3, 2}},
                 {"dilation", Ints{3, 2}},
                 {"groups", 3}}},
               {{{{0, 3, 2, 2}}, {{3, 2, 3, 3}}}, {{"input_size", Ints{4, 4}}}}};
  return d;
}

}  // namespace nnrun
