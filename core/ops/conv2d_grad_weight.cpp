#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_conv2d_grad_weight(const OpCall& c) {
  takes("conv2d_grad_weight", c, 0, sdk::kFloats);
  same_dtype("conv2d_grad_weight", c, 0, 1);
  const Shape &gy = c.shape(0), &x = c.shape(1);
  need_rank("conv2d_grad_weight", "gy", gy, 4);
  need_rank("conv2d_grad_weight", "input", x, 4);
  const Ints& kernel = c.attrs.integers("kernel_size");
  const Shape weight{gy[1], x[1] / c.attrs.integer("groups"), kernel[0], kernel[1]};
  need_shape("conv2d_grad_weight", "gy", gy,
             conv2d_shape("conv2d_grad_weight", c.attrs, x, weight));
  return {{c.dtype(0), weight}};
}

std::vector<Var> gradient_conv2d_grad_weight(Builder& b, const GradCall& c) {
  const Var gy = c.in[0], x = c.in[1], gweight = c.gout[0];
  const Attrs a = without(c.attrs, "kernel_size");
  Var to_gy, to_x;
  if (c.want[0]) to_gy = b.call1("conv2d", {x, gweight}, a);
  if (c.want[1]) {
    to_x = b.call1("conv2d_grad_input", {gy, gweight},
                   with(a, "input_size", Ints{x.shape()[2], x.shape()[3]}));
  }
  return {to_gy, to_x};
}

}  // namespace

OpDef op_conv2d_grad_weight() {
  OpDef d;
  d.name = "conv2d_grad_weight";
  d.doc = "gradient of conv2d for weight, from gy (N, O, OH, OW) and x (N, C, H, W)";
  d.min_in = d.max_in = 2;
  d.attrs = conv2d_attrs();
  d.attrs.push_back(
      required_attr("kernel_size", AttrKind::integer, "height and width of the kernel")
          .count(2, 2)
          .at_least(1));
  d.infer = infer_conv2d_grad_weight;
  d.gradient = gradient_conv2d_grad_weight;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, c.type(0), taps(out[0].shape));
  };
  d.samples = {{{{{2, 4, 3, 5}}, {{2, 3, 5, 6}}}, {{"kernel_size", Ints{3, 2}}}},
               {{{{1, 6, 4, 7}}, {{1, 4, 7, 5}}},
                {{"kernel_size", Ints{3, 3}},
                 {"stride", Ints{2, 1}},
                 {"padding", Ints{1, 2}},
                 {"groups", 2}}},
               {{{{2, 3, 2, 2}}, {{2, 3, 9, 8}}},
                {{"kernel_size", Ints{2, 3}},
                 {"stride", Ints{3, 2}},
                 {"dilation", Ints{3, 2}},
                 {"groups", 3}}},
               {{{{0, 3, 2, 2}}, {{0, 2, 4, 4}}}, {{"kernel_size", Ints{3, 3}}}}};
  return d;
}

}  // namespace nnrun
