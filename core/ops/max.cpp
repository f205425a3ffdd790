#include "core/ops/rules.h"

namespace nnrun {

OpDef op_max() {
  OpDef d;
  d.name = "max";
  d.doc = "the largest over dims; NaN if any is. Equal elements share the gradient evenly";
  d.attrs = reduction_attrs();
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = nonempty_reduction("max");
  d.gradient = [](Builder&, const GradCall& c) { return extremum_gradient("max", c); };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{1}}}},
               {{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}, {"keepdim", true}}},
               {{{{5, 7}}}, {}},
               {{{{0, 3}}}, {{"dims", Ints{1}}}},
               {{{{}}}, {}},
               {{{{}}}, {{"dims", Ints{-1}}, {"keepdim", true}}}};
  for (Sample& s : d.samples) s.in[0].distinct = true;
  return d;
}

}  // namespace nnrun
