#include "core/ops/rules.h"

#include <numeric>

namespace nnrun {

void op_error(const std::string& op, const std::string& message) {
  throw Error(Code::model, "[" + op + "] " + message);
}

void takes(const std::string& op, const OpCall& c, size_t i, uint64_t dtypes) {
  if (dtypes & sdk::mask_of(c.dtype(i))) return;
  std::string names;
  for (int k = 0; k < sdk::kDTypes; ++k) {
    const DType t = static_cast<DType>(k);
    if (dtypes & sdk::mask_of(t)) names += (names.empty() ? "" : ", ") + std::string(name_of(t));
  }
  op_error(op, "operand " + std::to_string(i) + " is " + name_of(c.dtype(i)) + ", expected " +
                   (names.find(',') == std::string::npos ? "" : "one of ") + names);
}

void same_dtype(const std::string& op, const OpCall& c, size_t first, size_t last) {
  for (size_t i = first + 1; i <= last; ++i) {
    if (c.has(i) && c.dtype(i) != c.dtype(first)) {
      op_error(op, std::string("operands are ") + name_of(c.dtype(first)) + " and " +
                       name_of(c.dtype(i)) + "; they must be of one dtype");
    }
  }
}

Work multiply_adds(const OpCall& c, std::span<const Type> out, const Type& each, int64_t terms) {
  Work w{2.0 * double(each.shape.numel()) * double(terms), 0};
  for (const Type* t : c.in) w.bytes += t == nullptr ? 0 : bytes_of(*t);
  for (const Type& t : out) w.bytes += bytes_of(t);
  return w;
}

Work picked(const OpCall& c, std::span<const Type> out) {
  return {0, 2 * bytes_of(out[0]) + bytes_of(c.type(1))};
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
    takes(op, c, 0, find_op(op).dtypes);
    same_dtype(op, c, 0, c.in.size() - 1);
    return {{c.dtype(0), broadcast_all(op, c)}};
  };
}

std::function<std::vector<Type>(const OpCall&)> elementwise(std::string op, DType result) {
  return [op, result](const OpCall& c) -> std::vector<Type> {
    takes(op, c, 0, find_op(op).dtypes);
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
  std::sort(dims.begin(), dims.end());
  if (std::adjacent_find(dims.begin(), dims.end()) != dims.end())
    op_error(op, "a dim appears twice");
  if (rank == 0) dims.clear();
  return dims;
}

Shape kept_shape(const std::string& op, const Attrs& a, const Shape& shape) {
  Shape kept = shape;
  for (int64_t i : reduction_dims(op, a, shape.rank())) kept[int(i)] = 1;
  return kept;
}

std::function<std::vector<Type>(const OpCall&)> nonempty_reduction(std::string op) {
  return [op](const OpCall& c) -> std::vector<Type> {
    takes(op, c, 0, find_op(op).dtypes);
    const Shape result = reduced(op, c);
    if (c.shape(0).numel() == 0 && result.numel() != 0) {
      op_error(op,
               "no value over nothing: shape " + c.shape(0).str() + " reduced to " + result.str());
    }
    return {{c.dtype(0), result}};
  };
}

std::vector<Var> extremum_gradient(const std::string& op, const GradCall& c) {
  const Var x = c.in[0];
  const Shape kept = kept_shape(op, c.attrs, x.shape());
  const Var winner = eq(x, reshape(c.out[0], kept));
  const Var ties = sum(cast(winner, x.dtype()), reduction_dims(op, c.attrs, x.rank()), true);
  return {where(winner, reshape(c.gout[0], kept) / ties, like(x, 0))};
}

OpDef arg_extremum_op(std::string name, std::string doc) {
  OpDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.attrs = {
      optional_attr("dim", AttrKind::integer, "the dimension; absent: the flattened operand"),
      attr("keepdim", false, "keep the reduced dimension with size 1")};
  d.flags = kNoGradient;
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [name](const OpCall& c) -> std::vector<Type> {
    takes(name, c, 0, find_op(name).dtypes);
    const Shape& s = c.shape(0);
    const bool keep = c.attrs.flag("keepdim");
    Shape result = s;
    if (!c.attrs.has("dim") || s.rank() == 0) {
      if (c.attrs.has("dim")) normal_dim(c.attrs.integer("dim"), 0, name.c_str());
      result = keep ? Shape(Ints(s.size(), 1)) : Shape{};
    } else {
      const int dim = normal_dim(c.attrs.integer("dim"), s.rank(), name.c_str());
      if (keep)
        result[dim] = 1;
      else
        result.erase(dim);
    }
    if (s.numel() == 0 && result.numel() != 0) {
      op_error(name, "no index over nothing: shape " + s.str() + " reduced to " + result.str());
    }
    return {{DType::int64, result}};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dim", 1}}},
               {{{{2, 3, 4}}}, {{"dim", -1}, {"keepdim", true}}},
               {{{{5, 7}}}, {}},
               {{{{0, 3}}}, {{"dim", 1}}},
               {{{{}}}, {}}};
  return d;
}

void same_sizes_except(const std::string& op, const Shape& a, const Shape& b, int dim) {
  bool same = a.rank() == b.rank();
  for (int i = 0; same && i < a.rank(); ++i) same = i == dim || a[i] == b[i];
  if (!same) {
    op_error(op, "shapes " + a.str() + " and " + b.str() + " differ in more than dim " +
                     std::to_string(dim));
  }
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
    d.samples = {{{{{2, 3}, lo, hi}}, {}},
                 {{{{}, lo, hi}}, {}},
                 {{{{0, 4}, lo, hi}}, {}},
                 {{{{37}, lo, hi}}, {}}};
  } else {
    d.samples = {{{{{2, 3}, lo, hi}, {{2, 3}, lo, hi}}, {}},
                 {{{{2, 1, 5}, lo, hi}, {{3, 1}, lo, hi}}, {}},
                 {{{{}, lo, hi}, {{4, 17}, lo, hi}}, {}},
                 {{{{0, 2}, lo, hi}, {{2}, lo, hi}}, {}}};
  }
  return d;
}

int gather_dim(const std::string& op, const Attrs& a, const Shape& x, const Shape& index) {
  if (x.rank() == 0 || index.rank() != x.rank()) {
    op_error(op, "index " + index.str() + " needs the rank, at least 1, of " + x.str());
  }
  const int dim = normal_dim(a.integer("dim"), x.rank(), op.c_str());
  for (int i = 0; i < x.rank(); ++i) {
    if (i != dim && index[i] > x[i]) {
      op_error(op, "index " + index.str() + " is larger than " + x.str() + " in dim " +
                       std::to_string(i));
    }
  }
  return dim;
}

int index_dim(const std::string& op, const OpCall& c) {
  takes(op, c, 1, NNR_I64);
  if (c.shape(0).rank() == 0) op_error(op, "a scalar has no dimension to index");
  if (c.shape(1).rank() != 1) {
    op_error(op, "the indices have shape " + c.shape(1).str() + ", expected a list");
  }
  return normal_dim(c.attrs.integer("dim"), c.shape(0).rank(), op.c_str());
}

OpDef comparison_op(std::string name, std::string doc) {
  OpDef d = elementwise_op(name, std::move(doc), 2);
  d.flags |= kNoGradient;
  d.dtypes = sdk::kAllDTypes;
  d.infer = elementwise(name, DType::boolean);
  return d;
}

OpDef formula_op(std::string name, std::string doc, std::string formula,
                 std::vector<AttrDecl> attrs, std::vector<double> kinks) {
  OpDef d = elementwise_op(std::move(name), std::move(doc), 1, -8, 8);
  std::vector<std::string> names;
  for (const AttrDecl& a : attrs) names.push_back(a.name);
  d.attrs = std::move(attrs);
  d.compose = [formula = std::move(formula), names](Builder& b, const Attrs& a,
                                                    std::span<const Var> in) -> std::vector<Var> {
    std::vector<double> values;
    for (const std::string& n : names) values.push_back(a.number(n));
    return {b.call1("formula", {in[0]}, {{"expr", formula}, {"a", values}})};
  };
  for (Sample& s : d.samples) s.kinks = kinks;
  return d;
}

}  // namespace nnrun
