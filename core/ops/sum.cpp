#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sum() {
  OpDef d;
  d.name = "sum";
  d.doc = "the sum over dims; 0 over nothing. 16-bit floats add up in float32 and round once";
  d.attrs = reduction_attrs();
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> { return {{c.dtype(0), reduced("sum", c)}}; };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Shape& s = c.in[0].shape();
    return {expand(reshape(c.gout[0], kept_shape("sum", c.attrs, s)), s)};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{1}}}},
               {{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}, {"keepdim", true}}},
               {{{{5, 7}}}, {}},
               {{{{0, 3}}}, {{"dims", Ints{0}}}},
               {{{{}}}, {}}};
  return d;
}

}  // namespace nnrun
