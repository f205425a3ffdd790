#include "core/ops/rules.h"

#include <numeric>

namespace nnrun {

void op_error(const std::string& op, const std::string& message) {
  throw Error(Code::model, "[" + op + "] " + message);
}

void same_dtype(const std::string& op, const OpCall& c, size_t first, size_t last) {
  for (size_t i = first + 1; i <= last; ++i) {
    if (c.has(i) && c.dtype(i) != c.dtype(first)) {
      op_error(op, std::string("operands are ") + name_of(c.dtype(first)) + " and " +
                       name_of(c.dtype(i)) + "; they must be of one dtype");
    }
  }
}

Shape broadcast_all(const std::string& op, const OpCall& c) {
  Shape s = c.shape(0);
  for (size_t i = 1; i < c.in.size(); ++i) {
    if (!c.has(i)) continue;
    Shape r;
    if (!broadcast(s, c.shape(i), &r)) {
      op_error(op, "shapes " + s.str() + " and " + c.shape(i).str() + " do not broadcast");
    }
    s = r;
  }
  return s;
}

std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op) {
  return [op](const OpCall& c) -> std::vector<Type> {
    same_dtype(op, c, 0, c.in.size() - 1);
    return {{c.dtype(0), broadcast_all(op, c)}};
  };
}

std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op, DType result) {
  return [op, result](const OpCall& c) -> std::vector<Type> {
    same_dtype(op, c, 0, c.in.size() - 1);
    return {{result, broadcast_all(op, c)}};
  };
}

std::vector<AttrDecl> reduction_attrs() {
  return {attr("dims", Ints{}, "dimensions to reduce; none: all").count(0, 8),
          attr("keepdim", false, "keep reduced dimensions with size 1")};
}

Ints reduction_dims(const std::string& op, const Attrs& a, int rank) {
  Ints dims;
  for (int64_t d : a.integers("dims")) dims.push_back(normal_dim(d, rank, op.c_str()));
  if (dims.empty()) {
    dims.resize(size_t(rank));
    std::iota(dims.begin(), dims.end(), 0);
  }
  if (rank == 0) dims.clear();
  std::sort(dims.begin(), dims.end());
  if (std::adjacent_find(dims.begin(), dims.end()) != dims.end()) op_error(op, "a dim appears twice");
  return dims;
}

Shape reduced(const std::string& op, const OpCall& c) {
  const Ints dims = reduction_dims(op, c.attrs, c.shape(0).rank());
  const bool keep = c.attrs.flag("keepdim");
  Shape s;
  for (int i = 0; i < c.shape(0).rank(); ++i) {
    if (!std::binary_search(dims.begin(), dims.end(), i)) {
      s.push_back(c.shape(0)[i]);
    } else if (keep) {
      s.push_back(1);
    }
  }
  return s;
}

OpDef elementwise_op(std::string name, std::string doc, int operands, double lo, double hi) {
  OpDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.min_in = d.max_in = operands;
  d.flags = kElementwise;
  d.infer = elementwise(name);
  if (operands == 1) {
    d.samples = {{{{{2, 3}, lo, hi}}, {}}, {{{{}, lo, hi}}, {}}, {{{{0, 4}, lo, hi}}, {}},
                 {{{{37}, lo, hi}}, {}}};
  } else {
    d.samples = {{{{{2, 3}, lo, hi}, {{2, 3}, lo, hi}}, {}},
                 {{{{2, 1, 5}, lo, hi}, {{3, 1}, lo, hi}}, {}},
                 {{{{}, lo, hi}, {{4, 17}, lo, hi}}, {}},
                 {{{{0, 2}, lo, hi}, {{2}, lo, hi}}, {}}};
  }
  return d;
}

}  // namespace nnrun
