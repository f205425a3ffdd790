#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// For each element the product of the others along the last dimension, zeros or not: the gradient
/// of a product taken pair by pair, as a tree.
Var product_of_others(Var x) {
  const int last = x.rank() - 1;
  const int64_t n = x.shape()[last];
  if (n <= 1) return full(*x.b, x.dtype(), x.shape(), 1);
  if (n % 2 != 0) {
    const Ints none(x.shape().size(), 0);
    Ints one_more = none;
    one_more.back() = 1;
    const Var even = x.b->call1(
        "pad", {x}, {{"low", none}, {"high", one_more}, {"interior", none}, {"value", 1.0}});
    return slice(product_of_others(even), last, 0, n);
  }
  const Var left = slice(x, last, 0, n, 2), right = slice(x, last, 1, n, 2);
  const Var others = product_of_others(left * right);
  const Var pairs[] = {unsqueeze(others * right, -1), unsqueeze(others * left, -1)};
  return reshape(concat(pairs, -1), x.shape());
}

std::vector<Var> gradient_prod(Builder&, const GradCall& c) {
  const Var x = c.in[0];
  const Shape& s = x.shape();
  // The reduced dimensions last and as one, and back again.
  const Ints reduced = reduction_dims("prod", c.attrs, s.rank());
  Ints order, back(s.size());
  Shape rows;
  for (int i = 0; i < s.rank(); ++i) {
    if (std::binary_search(reduced.begin(), reduced.end(), i)) continue;
    order.push_back(i);
    rows.push_back(s[i]);
  }
  int64_t n = 1;
  for (int64_t i : reduced) n *= s[int(i)];
  rows = Shape{Shape(rows).numel(), n};
  order.insert(order.end(), reduced.begin(), reduced.end());
  for (size_t i = 0; i < order.size(); ++i) back[size_t(order[i])] = int64_t(i);
  const Var moved = permute(x, order);
  const Var others = reshape(product_of_others(reshape(moved, rows)), moved.shape());
  const Var g = reshape(c.gout[0], kept_shape("prod", c.attrs, s));
  return {g * permute(others, back)};
}

}  // namespace

OpDef op_prod() {
  OpDef d;
  d.name = "prod";
  d.doc = "the product over dims; 1 over nothing";
  d.attrs = reduction_attrs();
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("prod", c, 0, sdk::kFloats | sdk::kInts);
    return {{c.dtype(0), reduced("prod", c)}};
  };
  d.gradient = gradient_prod;
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{1}}}},
               {{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}, {"keepdim", true}}},
               {{{{7}, 0, 0}}, {}},
               {{{{0, 3}}}, {{"dims", Ints{0}}}},
               {{{{}}}, {}}};
  return d;
}

}  // namespace nnrun
