#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_max_pool2d_grad(const OpCall& c) {
  takes("max_pool2d_grad", c, 0, sdk::kFloats);
  takes("max_pool2d_grad", c, 1, NNR_I32);
  need_shape("max_pool2d_grad", "index", c.shape(1), c.shape(0));
  return {{c.dtype(0), with_input_size("max_pool2d_grad", c.attrs, c.shape(0))}};
}

/// Picks the elements that the indices point at.
std::vector<Var> gradient_max_pool2d_grad(Builder& b, const GradCall& c) {
  const Shape& y = c.in[0].shape();
  const Shape& x = c.gout[0].shape();
  const Shape planes{x[0], x[1], checked_mul(x[2], x[3])};
  const Shape picks{y[0], y[1], checked_mul(y[2], y[3])};
  const Var index = reshape(cast(c.in[1], DType::int64), picks);
  return {reshape(b.call1("gather", {reshape(c.gout[0], planes), index}, {{"dim", 2}}), y), Var{}};
}

}  // namespace

OpDef op_max_pool2d_grad() {
  OpDef d;
  d.name = "max_pool2d_grad";
  d.doc = "adds gy (N, C, OH, OW) up at index in planes of input_size; indices outside are skipped";
  d.min_in = d.max_in = 2;
  d.attrs = {input_size_attr()};
  d.infer = infer_max_pool2d_grad;
  d.gradient = gradient_max_pool2d_grad;
  const auto index = [](const Shape& s, double last) {
    return Sample::In{s, 0, last, DType::int32, true};
  };
  d.samples = {{{{{2, 3, 3, 2}}, index({2, 3, 3, 2}, 29)}, {{"input_size", Ints{6, 5}}}},
               {{{{1, 1, 5, 7}}, index({1, 1, 5, 7}, 11)}, {{"input_size", Ints{3, 4}}}},
               {{{{0, 2, 2, 2}}, index({0, 2, 2, 2}, 15)}, {{"input_size", Ints{4, 4}}}}};
  return d;
}

}  // namespace nnrun
