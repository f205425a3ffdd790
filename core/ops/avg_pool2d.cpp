#include "core/ops/rules.h"
#include "core/ops/windows.h"

namespace nnrun {

OpDef op_avg_pool2d() {
  OpDef d;
  d.name = "avg_pool2d";
  d.doc = "mean of each window of x (N, C, H, W); padding counts as zeros, or not at all";
  d.attrs = pool2d_attrs();
  d.attrs.push_back(attr("count_include_pad", true, "divide by the window with its padding"));
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("avg_pool2d", c, 0, sdk::kFloats);
    return {{c.dtype(0), pool2d_shape("avg_pool2d", c.attrs, c.shape(0))}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Shape& x = c.in[0].shape();
    return {b.call1("avg_pool2d_grad", {c.gout[0]}, with(c.attrs, "input_size", Ints{x[2], x[3]}))};
  };
  d.samples = {{{{{2, 3, 6, 4}}}, {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}}},
               {{{{1, 2, 7, 5}}},
                {{"kernel_size", Ints{3, 2}}, {"stride", Ints{2, 1}}, {"padding", Ints{1, 1}}}},
               {{{{2, 1, 6, 7}}},
                {{"kernel_size", Ints{3, 3}},
                 {"stride", Ints{2, 3}},
                 {"padding", Ints{1, 0}},
                 {"ceil_mode", true},
                 {"count_include_pad", false}}},
               {{{{1, 2, 8, 8}}},
                {{"kernel_size", Ints{3, 3}},
                 {"stride", Ints{2, 2}},
                 {"padding", Ints{1, 1}},
                 {"ceil_mode", true}}},
               {{{{0, 2, 4, 4}}}, {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}}}};
  return d;
}

}  // namespace nnrun
