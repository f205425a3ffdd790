#include "core/ops/rules.h"

namespace nnrun {
namespace {

Shape target_squeeze(const Attrs& a, const Shape& s) {
  std::vector<bool> named(s.size() + 1, a.integers("dims").empty());
  for (int64_t d : a.integers("dims")) named[size_t(normal_dim(d, s.rank(), "squeeze"))] = true;
  Shape r;
  for (int i = 0; i < s.rank(); ++i) {
    if (!named[size_t(i)] || s[i] != 1) r.push_back(s[i]);
  }
  return r;
}

}  // namespace

OpDef op_squeeze() {
  OpDef d;
  d.name = "squeeze";
  d.doc = "without the dimensions of size 1: all, or those named; others named stay";
  d.attrs = {attr("dims", Ints{}, "which; none: all").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.dtype(0), target_squeeze(c.attrs, c.shape(0))}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    return {reshape(in[0], target_squeeze(a, in[0].shape()))};
  };
  d.samples = {{{{{2, 1, 3, 1}}}, {}},
               {{{{1, 2, 1}}}, {{"dims", Ints{-1, 1}}}},
               {{{{1, 0}}}, {{"dims", Ints{0}}}},
               {{{{}}}, {}}};
  return d;
}

}  // namespace nnrun
