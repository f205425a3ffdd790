#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// low, high or interior: one number for each dimension.
const Ints& amounts(const OpCall& c, const char* name) {
  const Ints& v = c.attrs.integers(name);
  if (v.size() != c.shape(0).size()) {
    op_error("pad", std::string(name) + " has " + std::to_string(v.size()) + " values for shape " +
                        c.shape(0).str());
  }
  return v;
}

AttrDecl amount(const char* name, const char* doc) {
  return required_attr(name, AttrKind::integer, doc).count(0, 8).at_least(0);
}

}  // namespace

OpDef op_pad() {
  OpDef d;
  d.name = "pad";
  d.doc = "a constant before, after and between the elements of each dimension";
  d.attrs = {amount("low", "before, by dimension"), amount("high", "after, by dimension"),
             amount("interior", "between neighbours, by dimension"),
             attr("value", 0.0, "what is put there")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    const Ints &low = amounts(c, "low"), &high = amounts(c, "high"),
               &interior = amounts(c, "interior");
    Shape s = c.shape(0);
    for (int i = 0; i < s.rank(); ++i) {
      const size_t k = size_t(i);
      const int64_t between = checked_mul(std::max<int64_t>(s[i] - 1, 0), interior[k]);
      s[i] = checked_add(checked_add(s[i], between), checked_add(low[k], high[k]));
    }
    return {{c.dtype(0), s}};
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    Var g = c.gout[0];
    const Shape& s = c.in[0].shape();
    for (int i = 0; i < s.rank(); ++i) {
      const int64_t low = c.attrs.integers("low")[size_t(i)];
      const int64_t step = checked_add(c.attrs.integers("interior")[size_t(i)], 1);
      const int64_t end = s[i] == 0 ? low : low + (s[i] - 1) * step + 1;
      g = slice(g, i, low, end, step);
    }
    return {g};
  };
  const auto sample = [](const Shape& s, Ints low, Ints high, Ints interior, double value) {
    return Sample{{{s}}, {{"low", low}, {"high", high}, {"interior", interior}, {"value", value}}};
  };
  d.samples = {sample({2, 3}, {1, 0}, {0, 2}, {0, 0}, 0.0),
               sample({3, 2, 4}, {0, 1, 2}, {1, 0, 0}, {1, 0, 2}, 1.0),
               sample({0, 2}, {1, 0}, {2, 0}, {3, 0}, 1.0), sample({}, {}, {}, {}, 0.0)};
  return d;
}

}  // namespace nnrun
