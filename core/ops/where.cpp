#include "core/ops/rules.h"

namespace nnrun {

OpDef op_where() {
  OpDef d;
  d.name = "where";
  d.doc = "x where condition (bool), else y; the three broadcast";
  d.min_in = d.max_in = 3;
  d.flags = kElementwise;
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("where", c, 0, NNR_B8);
    same_dtype("where", c, 1, 2);
    return {{c.dtype(1), broadcast_all("where", c)}};
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var condition = c.in[0], g = c.gout[0], zero = like(g, 0);
    return {Var{}, c.want[1] ? sum_to(where(condition, g, zero), c.in[1].shape()) : Var{},
            c.want[2] ? sum_to(where(condition, zero, g), c.in[2].shape()) : Var{}};
  };
  const auto sample = [](const Shape& condition, const Shape& x, const Shape& y) {
    return Sample{{{condition, 0, 1, DType::boolean, true}, {x}, {y}}, {}};
  };
  d.samples = {sample({2, 3}, {2, 3}, {2, 3}), sample({3, 1}, {2, 1, 4}, {4}), sample({}, {}, {}),
               sample({0, 2}, {2}, {})};
  return d;
}

}  // namespace nnrun
