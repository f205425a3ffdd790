#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

constexpr const char* kName = "conv_transpose2d";

/// (N, O, OH, OW): out = (in - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.
Shape output(const Attrs& a, const Shape& x, const Shape& weight) {
  need_rank(kName, "input", x, 4);
  need_rank(kName, "weight", weight, 4);
  const int64_t groups = a.integer("groups");
  if (weight[0] != x[1] || x[1] % groups != 0) {
    op_error(kName, "input " + x.str() + " has " + std::to_string(x[1]) + " channels, weight " +
                        weight.str() + " takes " + std::to_string(weight[0]) + " in " +
                        std::to_string(groups) + " groups");
  }
  Shape y{x[0], checked_mul(weight[1], groups)};
  for (int i = 0; i < 2; ++i) {
    const size_t k = size_t(i);
    const int64_t stride = a.integers("stride")[k], dilation = a.integers("dilation")[k];
    const int64_t more = a.integers("output_padding")[k];
    if (more >= std::max(stride, dilation)) {
      op_error(kName, "output_padding " + std::to_string(more) + " must be less than stride " +
                          std::to_string(stride) + " or dilation " + std::to_string(dilation));
    }
    if (x[2 + i] < 1 || weight[2 + i] < 1) {
      op_error(kName, "input " + x.str() + " or weight " + weight.str() + " is empty");
    }
    const int64_t full =
        checked_add(checked_mul(x[2 + i] - 1, stride), checked_mul(dilation, weight[2 + i] - 1));
    const int64_t cut = checked_mul(2, a.integers("padding")[k]);
    y.push_back(checked_add(full, more) + 1 - cut);
    if (y.back() < 1) {
      op_error(kName, "padding " + std::to_string(cut / 2) + " on both sides leaves nothing of " +
                          std::to_string(full + 1) + " rows or columns");
    }
  }
  return y;
}

std::vector<Type> infer_conv_transpose2d(const OpCall& c) {
  takes(kName, c, 0, sdk::kFloats);
  same_dtype(kName, c, 0, c.in.size() - 1);
  const Shape y = output(c.attrs, c.shape(0), c.shape(1));
  need_vector(kName, c, 2, "bias", y[1]);
  return {{c.dtype(0), y}};
}

std::vector<Var> compose_conv_transpose2d(Builder& b, const Attrs& attrs, std::span<const Var> in) {
  Var x = in[0];
  const Shape y = output(attrs, x.shape(), in[1].shape());
  const Attrs a = without(attrs, "output_padding");
  // An output_padding of a stride or more is as if x went on with zeros.
  const Shape needed = conv2d_shape(kName, a, y, in[1].shape());
  if (needed != x.shape()) {
    x = b.call1("pad", {x},
                {{"low", Ints{0, 0, 0, 0}},
                 {"high", Ints{0, 0, needed[2] - x.shape()[2], needed[3] - x.shape()[3]}},
                 {"interior", Ints{0, 0, 0, 0}}});
  }
  Var r = b.call1("conv2d_grad_input", {x, in[1]}, with(a, "input_size", Ints{y[2], y[3]}));
  if (in.size() > 2 && in[2]) r = r + along_channels(in[2], r);
  return {r};
}

}  // namespace

OpDef op_conv_transpose2d() {
  OpDef d;
  d.name = kName;
  d.doc =
      "transposed convolution of x (N, C, H, W) with weight (C, O/groups, KH, KW), plus bias (O)";
  d.min_in = 2;
  d.max_in = 3;
  d.attrs = conv2d_attrs();
  d.attrs.insert(
      d.attrs.begin() + 2,
      attr("output_padding", Ints{0, 0}, "rows and columns added at the end").at_least(0));
  d.infer = infer_conv_transpose2d;
  d.compose = compose_conv_transpose2d;
  d.work = [](const OpCall& c, std::span<const Type> out) {
    return multiply_adds(c, out, c.type(0), taps(c.shape(1)));
  };
  d.samples = {
      {{{{2, 3, 4, 3}}, {{3, 2, 3, 2}}, {{2}}}, {}},
      {{{{1, 4, 3, 3}}, {{4, 1, 3, 3}}},
       {{"stride", Ints{2, 3}},
        {"padding", Ints{1, 1}},
        {"output_padding", Ints{1, 0}},
        {"groups", 2}}},
      {{{{2, 2, 3, 4}}, {{2, 3, 2, 2}}, {{3}}},
       {{"dilation", Ints{3, 2}}, {"padding", Ints{1, 1}}, {"output_padding", Ints{2, 1}}}},
      {{{{0, 2, 3, 3}}, {{2, 3, 2, 2}}}, {}}};
  return d;
}

}  // namespace nnrun
