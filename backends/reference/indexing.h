// Elements taken from, or added to, places that an operand of indices names along the attribute
// dim. An index outside the dimension makes run fail: nothing is ever read or written out of
// bounds.
#pragma once

#include "backends/reference/kernels.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

/// How the indices of `index` lie over `shape`: like any operand of that shape, or one index for
/// all elements that share a position along dim.
enum class IndexRank { full, one };

/// Walks `each` (the operand with one element per index used), the index of each of its elements,
/// and the elements of `indexed` at index 0.
class IndexWalk {
 public:
  IndexWalk(const Desc& d, IndexRank rank, const Operand& each, const Operand& index,
            const Operand& indexed, const std::vector<int64_t>& indexed_strides)
      : op_(d.op()),
        dim_(dim_of(d, indexed.rank())),
        size_(indexed.size(dim_)),
        stride_(indexed_strides[size_t(dim_)]),
        walk_(each.shape(), {each.strides(), over(each, index, rank), without(indexed_strides)}) {}

  /// f(offset in each, offset in indexed).
  template <class F> void for_each(const int64_t* index, F&& f) const {
    walk_.for_each([&](const auto& at) {
      const int64_t i = index[at[1]];
      if (i < 0 || i >= size_) {
        throw Failure(NNR_E_INVALID, "[" + op_ + "] index " + std::to_string(i) +
                                         " is out of range for dimension " + std::to_string(dim_) +
                                         " of size " + std::to_string(size_));
      }
      f(at[0], at[2] + i * stride_);
    });
  }

 private:
  std::vector<int64_t> over(const Operand& each, const Operand& index, IndexRank rank) const {
    if (rank == IndexRank::full) return index.strides();
    std::vector<int64_t> s(size_t(each.rank()), 0);
    s[size_t(dim_)] = index.stride(0);
    return s;
  }
  std::vector<int64_t> without(std::vector<int64_t> strides) const {
    strides[size_t(dim_)] = 0;
    return strides;
  }
  std::string op_;
  int dim_;
  int64_t size_, stride_;
  Walk<3> walk_;
};

/// gather (full) and index_select (one): operands x, index; y has an element per index.
template <IndexRank kRank> class Take {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, NNR_I64, same_as(0)}); }
  explicit Take(const Desc& d)
      : dtype_(d.in(0).dtype()), walk_(d, kRank, d.out(0), d.in(1), d.in(0), d.in(0).strides()) {}

  void run(void* const* buffer, void*) const {
    visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* x = static_cast<const T*>(buffer[0]);
      T* y = static_cast<T*>(buffer[2]);
      walk_.for_each(static_cast<const int64_t*>(buffer[1]),
                     [&](int64_t to, int64_t from) { y[to] = x[from]; });
    });
  }

 private:
  DType dtype_;
  IndexWalk walk_;
};

/// scatter_add (full) and index_add (one): operands x, index, source; y is x with the elements of
/// the source added. Sums are wide and in the order of the source; y is rounded once.
template <IndexRank kRank> class AddAt {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers, NNR_I64, same_as(0), same_as(0)});
    if (o.why_not.empty()) o.workspace_bytes = uint64_t(d.out(0).numel()) * sizeof(double);
    return o;
  }
  explicit AddAt(const Desc& d)
      : dtype_(d.in(0).dtype()),
        whole_(d.out(0), {d.in(0), d.out(0)}),
        walk_(d, kRank, d.in(2), d.in(1), d.in(0), row_major(d.in(0).shape())) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      using Wide = wide_t<T>;
      const T *x = static_cast<const T*>(buffer[0]), *source = static_cast<const T*>(buffer[2]);
      T* y = static_cast<T*>(buffer[3]);
      Wide* sums = static_cast<Wide*>(workspace);
      Wide* next = sums;
      whole_.for_each([&](const auto& at) { *next++ = load(x, at[0]); });
      walk_.for_each(static_cast<const int64_t*>(buffer[1]), [&](int64_t from, int64_t to) {
        sums[to] = plus(sums[to], load(source, from));
      });
      next = sums;
      whole_.for_each([&](const auto& at) { y[at[1]] = convert<T>(*next++); });
    });
  }

 private:
  DType dtype_;
  Walk<2> whole_;
  IndexWalk walk_;
};

}  // namespace nnrun::reference
