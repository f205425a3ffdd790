#include "core/ops/rules.h"

namespace nnrun {

OpDef op_full() {
  OpDef d;
  d.name = "full";
  d.doc = "one value in every place";
  d.min_in = d.max_in = 0;
  d.attrs = {required_attr("shape", AttrKind::integer, "of the result").count(0, 8).at_least(0),
             required_attr("value", AttrKind::number, "in every place"),
             attr("dtype", DType::float32, "of the result")};
  d.flags = kNoGradient;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.attrs.dtype("dtype"), Shape(c.attrs.integers("shape"))}};
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var>) -> std::vector<Var> {
    return {full(b, a.dtype("dtype"), Shape(a.integers("shape")), a.number("value"))};
  };
  d.samples = {{{}, {{"shape", Ints{2, 3}}, {"value", 1.5}}},
               {{}, {{"shape", Ints{}}, {"value", 7.0}, {"dtype", DType::int64}}},
               {{}, {{"shape", Ints{0, 2}}, {"value", 1.0}, {"dtype", DType::boolean}}}};
  return d;
}

}  // namespace nnrun
