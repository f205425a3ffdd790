#include <limits>

#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_max_pool2d(const OpCall& c) {
  takes("max_pool2d", c, 0, sdk::kFloats);
  const Shape &x = c.shape(0), y = pool2d_shape("max_pool2d", c.attrs, x);
  if (checked_mul(x[2], x[3]) > std::numeric_limits<int32_t>::max()) {
    op_error("max_pool2d", "input " + x.str() + " has planes of more than 2147483647 elements");
  }
  return {{c.dtype(0), y}, {DType::int32, y}};
}

}  // namespace

OpDef op_max_pool2d() {
  OpDef d;
  d.name = "max_pool2d";
  d.doc =
      "largest element of each window of x (N, C, H, W), and where it is: row * W + column, the "
      "first of equal ones. NaN is the largest. A window without elements: -inf and -1";
  d.n_out = 2;
  d.attrs = pool2d_attrs();
  d.attrs.push_back(
      attr("dilation", Ints{1, 1}, "distance between the taps of a window").at_least(1));
  d.infer = infer_max_pool2d;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    if (!c.gout[0]) return {Var{}};
    const Shape& x = c.in[0].shape();
    return {b.call1("max_pool2d_grad", {c.gout[0], c.out[1]}, {{"input_size", Ints{x[2], x[3]}}})};
  };
  const Sample::In plane{{2, 3, 7, 6}, -2, 2, DType::float32, false, true};
  d.samples = {
      {{plane}, {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}}},
      {{plane}, {{"kernel_size", Ints{3, 2}}, {"stride", Ints{2, 1}}, {"padding", Ints{1, 1}}}},
      {{plane}, {{"kernel_size", Ints{3, 3}}, {"stride", Ints{3, 2}}, {"ceil_mode", true}}},
      {{plane},
       {{"kernel_size", Ints{2, 3}},
        {"stride", Ints{1, 2}},
        {"padding", Ints{0, 1}},
        {"dilation", Ints{3, 2}}}},
      {{plane}, {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}}}};
  d.samples.back().in[0].shape = {0, 2, 4, 4};
  return d;
}

}  // namespace nnrun
