#include "core/ops/rules.h"

namespace nnrun {

OpDef op_var() {
  OpDef d;
  d.name = "var";
  d.doc = "the variance over dims: squared distances from the mean, summed, over n - correction";
  d.attrs = reduction_attrs();
  d.attrs.push_back(
      attr("correction", 1.0, "1: of a sample (Bessel); 0: of the whole").at_least(0));
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("var", c, 0, sdk::kFloats);
    return {{c.dtype(0), reduced("var", c)}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Var x = in[0].dtype() == DType::float64 ? in[0] : cast(in[0], DType::float32);
    const Ints dims = reduction_dims("var", a, x.rank());
    double n = 1;
    for (int64_t i : dims) n *= double(x.shape()[int(i)]);
    const Var distance = x - mean(x, dims, true);
    const Var squares = sum(distance * distance, dims, a.flag("keepdim"));
    return {cast(squares / std::max(n - a.number("correction"), 0.0), in[0].dtype())};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{1}}}},
               {{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}, {"keepdim", true}, {"correction", 0.0}}},
               {{{{5, 7}}}, {}},
               {{{{0, 3}}}, {{"dims", Ints{1}}}},
               {{{{}}}, {{"correction", 0.0}}}};
  return d;
}

}  // namespace nnrun
