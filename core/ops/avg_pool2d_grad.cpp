#include "core/ops/checks.h"
#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {
namespace {

std::vector<Type> infer_avg_pool2d_grad(const OpCall& c) {
  takes("avg_pool2d_grad", c, 0, sdk::kFloats);
  const Shape x = with_input_size("avg_pool2d_grad", c.attrs, c.shape(0));
  need_shape("avg_pool2d_grad", "gy", c.shape(0), pool2d_shape("avg_pool2d_grad", c.attrs, x));
  return {{c.dtype(0), x}};
}

}  // namespace

OpDef op_avg_pool2d_grad() {
  OpDef d;
  d.name = "avg_pool2d_grad";
  d.doc = "gradient of avg_pool2d, from gy (N, C, OH, OW)";
  d.attrs = pool2d_attrs();
  d.attrs.push_back(attr("count_include_pad", true, "divide by the window with its padding"));
  d.attrs.push_back(input_size_attr());
  d.infer = infer_avg_pool2d_grad;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("avg_pool2d", {c.gout[0]}, without(c.attrs, "input_size"))};
  };
  d.samples = {{{{{2, 3, 3, 2}}},
                {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}, {"input_size", Ints{6, 4}}}},
               {{{{1, 2, 4, 6}}},
                {{"kernel_size", Ints{3, 2}},
                 {"stride", Ints{2, 1}},
                 {"padding", Ints{1, 1}},
                 {"input_size", Ints{7, 5}}}},
               {{{{2, 1, 4, 3}}},
                {{"kernel_size", Ints{3, 3}},
                 {"stride", Ints{2, 3}},
                 {"padding", Ints{1, 0}},
                 {"ceil_mode", true},
                 {"count_include_pad", false},
                 {"input_size", Ints{6, 7}}}},
               {{{{0, 2, 2, 2}}},
                {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}, {"input_size", Ints{4, 4}}}}};
  return d;
}

}  // namespace nnrun
