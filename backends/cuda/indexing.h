// Elements taken from, or added to, places that an operand of indices names along the attribute
// dim. Nothing is ever read or written out of bounds: an index outside the dimension gives 0, and
// adds nothing.
#pragma once

#include "backends/cuda/map.h"

namespace nnrun::cuda {

/// How the indices lie: like an operand of that shape, or one for all elements that share a
/// position along dim.
enum class IndexRank { full, one };

inline std::vector<int64_t> index_strides(const Operand& each, const Operand& index, int dim,
                                          IndexRank rank) {
  if (rank == IndexRank::full) return index.strides();
  std::vector<int64_t> s(size_t(each.rank()), 0);
  s[size_t(dim)] = index.stride(0);
  return s;
}
inline std::vector<int64_t> without(std::vector<int64_t> strides, int dim) {
  strides[size_t(dim)] = 0;
  return strides;
}

/// gather (full) and index_select (one): operands x, index; y has an element per index.
template <IndexRank kRank> class Take : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, NNR_I64, same_as(0)}); }
  explicit Take(const Desc& d) : MapKernel(d) {
    const int dim = dim_of(d, d.in(0).rank());
    Map m;
    m.shape = d.out(0).shape();
    m.in = {{d.in(0).dtype(), without(d.in(0).strides(), dim), {0, 0}, true},
            {DType::int64, index_strides(d.out(0), d.in(1), dim, kRank), {1, 0}}};
    m.out = {operand_over(d, 2, m.shape)};
    m.n = {d.in(0).size(dim), d.in(0).stride(dim)};
    m.body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) +
             " W; y0 = x1 >= 0 && x1 < a.n[0] ? widen(p0[o0 + x1 * a.n[1]]) : W(0);";
    add_map(m);
  }
};

/// scatter_add (full) and index_add (one): operands x, index, source; y is x with the elements of
/// the source added. Sums are wide, in the workspace, and y is rounded once. Atomic: in any order.
template <IndexRank kRank> class AddAt : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers & ~uint64_t(NNR_U8), NNR_I64, same_as(0), same_as(0)});
    if (!o.why_not.empty()) return o;
    if (is_float(d.in(0).dtype())) {
      if (d.deterministic()) return no("sums in any order");
      o.flags &= ~uint32_t(NNR_K_DETERMINISTIC);
    }
    o.workspace_bytes = uint64_t(d.out(0).numel()) * sizeof(double);
    return o;
  }
  explicit AddAt(const Desc& d) : MapKernel(d) {
    const DType t = d.in(0).dtype();
    const DType wide = is_float(t) && t != DType::float64 ? DType::float32 : t;
    const std::vector<int64_t> shape = d.in(0).shape(), rows = row_major(shape);
    const int dim = dim_of(d, d.in(0).rank());
    const MapOperand sums = {wide, rows, {Launch::kWorkspace, 0}};
    Map begin;
    begin.shape = shape;
    begin.in = {operand_over(d, 0, shape)};
    begin.out = {sums};
    begin.body = "y0 = x0;";
    add_map(begin);

    Map add;
    add.shape = d.in(2).shape();
    add.in = {{wide, without(rows, dim), {Launch::kWorkspace, 0}, true},
              {DType::int64, index_strides(d.in(2), d.in(1), dim, kRank), {1, 0}},
              {t, d.in(2).strides(), {2, 0}}};
    add.n = {d.in(0).size(dim), rows[size_t(dim)]};
    const std::string type = wide == DType::int64 ? "u64" : type_of(wide);
    add.body = "if (x1 >= 0 && x1 < a.n[0]) atomicAdd((" + type + "*)p0 + o0 + x1 * a.n[1], " +
               type + "(x2));";
    add_map(add);

    Map end;
    end.shape = shape;
    end.in = {sums};
    end.out = {operand_over(d, 3, shape)};
    end.body = "y0 = x0;";
    add_map(end);
  }
};

/// The same in the order of the source: each thread looks for what is added to its element.
template <IndexRank kRank> class AddInOrder : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers, NNR_I64, same_as(0), same_as(0)});
    if (!o.why_not.empty()) return o;
    const int dim = dim_of(d, d.in(0).rank());
    o.est_ns += double(d.out(0).numel()) * double(d.in(2).size(dim)) / 1000;
    return o;
  }
  explicit AddInOrder(const Desc& d) : MapKernel(d) {
    const Operand x = d.in(0), source = d.in(2);
    const int dim = dim_of(d, x.rank());
    Map m;
    m.shape = x.shape();
    const std::vector<int64_t> index = index_strides(source, d.in(1), dim, kRank);
    m.in = {operand_over(d, 0, m.shape),
            {DType::int64, without(index, dim), {1, 0}, true},
            {x.dtype(), without(source.strides(), dim), {2, 0}, true}};
    m.out = {operand_over(d, 3, m.shape)};
    m.n = {source.size(dim), index[size_t(dim)], source.stride(dim), x.size(dim)};
    // The position along each dimension; where the source ends before x does, nothing is added.
    std::string inside = "true", position;
    int64_t inner = 1;
    for (int k = x.rank(); k-- > 0; inner *= x.size(k)) {
      const auto next = [&](int64_t v) {
        m.n.push_back(v);
        return "a.n[" + std::to_string(m.n.size() - 1) + "]";
      };
      const std::string divided = "i / " + next(inner), at = divided + " % " + next(x.size(k));
      if (k == dim) position = at;
      if (k != dim && source.size(k) < x.size(k))
        inside += " && " + at + " < " + next(source.size(k));
    }
    m.body = "y0 = x0; if (" + inside + ") { const i64 mine = " + position +
             "; for (i64 k = 0; k < a.n[0]; ++k) if (p1[o1 + k * a.n[1]] == mine) "
             "y0 = plus(y0, widen(p2[o2 + k * a.n[2]])); }";
    add_map(m);
  }
};

template <IndexRank kRank> std::vector<KernelDef> adding(const char* op) {
  return {kernel<AddAt<kRank>>(op, "atomic"), kernel<AddInOrder<kRank>>(op, "ordered")};
}

}  // namespace nnrun::cuda
