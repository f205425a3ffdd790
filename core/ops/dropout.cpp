#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

double scale(const Attrs& a) {
  const double p = a.number("p");
  return p < 1 ? 1 / (1 - p) : 0;
}

/// A product, not a choice: a NaN that is dropped must still be seen.
Var masked(Var x, Var mask, const Attrs& a) {
  const Var v = widened(x);
  return cast(v * cast(mask, v.dtype()) * scale(a), x.dtype());
}

std::vector<Type> infer_dropout(const OpCall& c) {
  takes("dropout", c, 0, sdk::kFloats);
  need_random_state("dropout", c, 1);
  return {{c.dtype(0), c.shape(0)}, {DType::boolean, c.shape(0)}};
}

std::vector<Var> compose_dropout(Builder& b, const Attrs& a, std::span<const Var> in) {
  // Always float32, so that every dtype sees the same mask.
  const Var u =
      b.call1("rand", {in[1]}, {{"shape", in[0].shape().vector()}, {"dtype", DType::float32}});
  const Var mask = ge(u, a.number("p"));
  return {masked(in[0], mask, a), mask};
}

}  // namespace

OpDef op_dropout() {
  OpDef d;
  d.name = "dropout";
  d.doc =
      "each element of x zero with probability p, else divided by 1 - p; and the mask of those "
      "kept: uniform float32 numbers of the random state that are p or more";
  d.min_in = d.max_in = 2;
  d.n_out = 2;
  d.attrs = {attr("p", 0.5, "probability of zero").range(0, 1)};
  d.infer = infer_dropout;
  d.compose = compose_dropout;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    if (!c.gout[0]) return {Var{}, Var{}};
    return {masked(c.gout[0], c.out[1], c.attrs), Var{}};
  };
  const Sample::In state{{4}, -1e15, 1e15, DType::int64, true};
  d.samples = {{{{{3, 5}}, state}, {}},
               {{{{41}}, state}, {{"p", 0.1}}},
               {{{{2, 3}}, state}, {{"p", 0.0}}},
               {{{{2, 3}}, state}, {{"p", 1.0}}},
               {{{{0, 3}}, state}, {}}};
  return d;
}

}  // namespace nnrun
