#include "core/ops/rules.h"

namespace nnrun {
namespace {

Var mean_of(Var x, const Ints& dims, bool keepdim) {
  // In float32 or wider: a sum of float16 soon leaves its range.
  const Var wide = x.dtype() == DType::float64 ? x : cast(x, DType::float32);
  int64_t n = 1;
  for (int64_t d : dims) n *= x.shape()[int(d)];
  return cast(sum(wide, dims, keepdim) / double(n), x.dtype());
}

}  // namespace

OpDef op_mean() {
  OpDef d;
  d.name = "mean";
  d.doc = "the mean over dims; NaN over nothing";
  d.attrs = reduction_attrs();
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("mean", c, 0, sdk::kFloats);
    return {{c.dtype(0), reduced("mean", c)}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    return {mean_of(in[0], reduction_dims("mean", a, in[0].rank()), a.flag("keepdim"))};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{1}}}},
               {{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}, {"keepdim", true}}},
               {{{{5, 7}}}, {}},
               {{{{0, 3}}}, {{"dims", Ints{1}}}},
               {{{{}}}, {}}};
  return d;
}

}  // namespace nnrun
