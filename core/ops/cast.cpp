#include "core/ops/rules.h"

namespace nnrun {

OpDef op_cast() {
  OpDef d = elementwise_op("cast", "the same values as another dtype", 1);
  d.attrs = {required_attr("dtype", AttrKind::dtype, "of the result")};
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.attrs.dtype("dtype"), c.shape(0)}};
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const DType from = c.in[0].dtype();
    return {is_float(from) && is_float(c.attrs.dtype("dtype")) ? cast(c.gout[0], from) : Var{}};
  };
  const DType to[] = {DType::float32, DType::float64, DType::bfloat16, DType::float16};
  for (size_t i = 0; i < d.samples.size(); ++i) d.samples[i].attrs = {{"dtype", to[i]}};
  for (DType t : {DType::int32, DType::int64, DType::uint8, DType::boolean}) {
    d.samples.push_back({{{{2, 5}, 0, 100}}, {{"dtype", t}}});
  }
  return d;
}

}  // namespace nnrun
