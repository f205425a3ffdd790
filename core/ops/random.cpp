#include "core/ops/random.h"

#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {

OpDef random_op(std::string name, std::string doc) {
  OpDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.flags = kRandom | kNoGradient;
  d.dtypes = sdk::mask_of(DType::int64);
  d.attrs = {required_attr("shape", AttrKind::integer, "of the result").count(0, 8).at_least(0),
             attr("dtype", DType::float32, "a float type")};
  d.infer = [name](const OpCall& c) -> std::vector<Type> {
    need_random_state(name, c, 0);
    const DType t = c.attrs.dtype("dtype");
    if (!is_float(t))
      op_error(name, std::string("dtype is ") + name_of(t) + "; it must be a float");
    return {{t, Shape(c.attrs.integers("shape"))}};
  };
  const Sample::In state{{4}, -1e15, 1e15, DType::int64, true};
  for (const Ints& shape : {Ints{5, 7}, Ints{}, Ints{0, 3}, Ints{1023}}) {
    for (DType t : {DType::float32, DType::float64, DType::bfloat16, DType::float16}) {
      d.samples.push_back({{state}, {{"shape", shape}, {"dtype", t}}});
    }
  }
  return d;
}

}  // namespace nnrun
