#include "core/ops/rules.h"

namespace nnrun {
namespace {

Shape target_flatten(const Attrs& a, const Shape& s) {
  const int first = normal_dim(a.integer("start_dim"), s.rank(), "flatten");
  const int last = normal_dim(a.integer("end_dim"), s.rank(), "flatten");
  if (first > last) {
    op_error("flatten", "start_dim " + std::to_string(a.integer("start_dim")) +
                            " comes after end_dim " + std::to_string(a.integer("end_dim")) +
                            " in shape " + s.str());
  }
  if (s.rank() == 0) return {1};
  Shape r(s.begin(), s.begin() + first);
  r.push_back(Shape(s.begin() + first, s.begin() + last + 1).numel());
  for (int i = last + 1; i < s.rank(); ++i) r.push_back(s[i]);
  return r;
}

}  // namespace

OpDef op_flatten() {
  OpDef d;
  d.name = "flatten";
  d.doc = "the dimensions start_dim to end_dim as one";
  d.attrs = {attr("start_dim", 0, "the first"), attr("end_dim", -1, "the last")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.dtype(0), target_flatten(c.attrs, c.shape(0))}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    return {reshape(in[0], target_flatten(a, in[0].shape()))};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"start_dim", 1}}},
               {{{{2, 3, 4, 5}}}, {{"start_dim", 1}, {"end_dim", -2}}},
               {{{{0, 3}}}, {}},
               {{{{}}}, {}}};
  return d;
}

}  // namespace nnrun
