#include "core/ops/rules.h"

namespace nnrun {

OpDef op_dynamic_slice() {
  OpDef d;
  d.name = "dynamic_slice";
  d.doc = "length rows of dim 0 from a start known at run time, moved so that they all exist";
  d.min_in = d.max_in = 2;
  d.attrs = {required_attr("length", AttrKind::integer, "how many").at_least(0)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("dynamic_slice", c, 1, NNR_I64);
    if (c.shape(1).rank() != 0) {
      op_error("dynamic_slice", "start has shape " + c.shape(1).str() + ", expected a scalar");
    }
    Shape s = c.shape(0);
    const int64_t length = c.attrs.integer("length");
    if (s.rank() == 0 || s[0] < length) {
      op_error("dynamic_slice", "length " + std::to_string(length) + " of shape " + s.str());
    }
    s[0] = length;
    return {{c.dtype(0), s}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const int64_t length = c.attrs.integer("length");
    const double last = double(c.in[0].shape()[0] - length);
    const Var start = minimum(maximum(c.in[1], 0.0), last);
    const Var rows = start + b.call1("arange", {}, {{"end", double(length)}});
    return {b.call1("index_add", {zeros_like(c.in[0]), rows, c.gout[0]}, {{"dim", 0}}), Var{}};
  };
  const auto sample = [](const Shape& x, double start, int64_t length) {
    return Sample{{{x}, {{}, start, start, DType::int64, true}}, {{"length", length}}};
  };
  d.work = picked;
  d.samples = {sample({5, 3}, 2, 2), sample({7}, 100, 3), sample({4, 2, 2}, -3, 4),
               sample({3, 0}, 1, 0)};
  return d;
}

}  // namespace nnrun
