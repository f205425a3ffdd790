// Loops over strided operands of one broadcast shape, with dimensions merged where all operands
// allow, so that the inner loop is as long as it can be.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "desc.hpp"

namespace nnrun::sdk {

/// The strides with which an operand walks `shape`: its dimensions align at the last one, and those
/// it lacks or has with size 1 get stride 0.
inline std::vector<int64_t> broadcast_strides(const Operand& o, const std::vector<int64_t>& shape) {
  std::vector<int64_t> s(shape.size(), 0);
  const size_t lead = shape.size() - size_t(o.rank());
  for (int i = 0; i < o.rank(); ++i) {
    if (o.size(i) != 1) s[lead + size_t(i)] = o.stride(i);
  }
  return s;
}

/// How N operands walk one shape. Strides are in elements and may be 0 or negative; offsets count
/// from each operand's element 0.
template <int N> struct Walk {
  static constexpr size_t kMaxRank = 8;
  using Offsets = std::array<int64_t, size_t(N)>;

  size_t rank = 0;  // after merging; at least 1
  std::array<int64_t, kMaxRank> shape{};
  std::array<Offsets, kMaxRank> stride{};
  int64_t numel = 1;

  /// One list of strides per operand, each as long as the shape.
  Walk(const std::vector<int64_t>& sizes,
       const std::array<std::vector<int64_t>, size_t(N)>& strides) {
    if (sizes.size() > kMaxRank) {
      throw Failure(NNR_E_UNSUPPORTED, "rank " + std::to_string(sizes.size()) + " is over 8");
    }
    for (size_t i = 0; i < sizes.size(); ++i) {  // outermost first
      const int64_t size = sizes[i];
      numel *= size;
      if (size == 1) continue;
      Offsets s{};
      bool merged = rank > 0;
      for (size_t k = 0; k < size_t(N); ++k) {
        s[k] = strides[k][i];
        merged = merged && stride[rank - 1][k] == s[k] * size;
      }
      if (merged) {
        shape[rank - 1] *= size;
        stride[rank - 1] = s;
      } else {
        shape[rank] = size;
        stride[rank] = s;
        ++rank;
      }
    }
    if (rank == 0) {  // one element: a loop of length 1
      shape[0] = 1;
      rank = 1;
    }
  }
  /// Operands that broadcast to `over` (an output, say).
  Walk(const Operand& over, const std::array<Operand, size_t(N)>& operands)
      : Walk(over.shape(), strides_of(over.shape(), operands)) {}

  int64_t inner() const { return shape[rank - 1]; }
  const Offsets& inner_stride() const { return stride[rank - 1]; }

  /// f(offset of each operand, length, inner strides) for each inner row that lies in
  /// [begin, end) of the flat row-major order; a row may be cut at both ends.
  template <class F> void for_rows(int64_t begin, int64_t end, F&& f) const {
    if (begin >= end) return;
    std::array<int64_t, kMaxRank> index{};
    Offsets offset{};
    int64_t rest = begin;
    for (size_t i = rank; i-- > 0;) {
      index[i] = rest % shape[i];
      rest /= shape[i];
      for (size_t k = 0; k < size_t(N); ++k) offset[k] += index[i] * stride[i][k];
    }
    const size_t last = rank - 1;
    while (begin < end) {
      int64_t n = shape[last] - index[last];
      if (n > end - begin) n = end - begin;
      f(offset, n, stride[last]);
      begin += n;
      index[last] += n;
      for (size_t k = 0; k < size_t(N); ++k) offset[k] += n * stride[last][k];
      for (size_t i = last; i > 0 && index[i] == shape[i]; --i) {
        index[i] = 0;
        ++index[i - 1];
        for (size_t k = 0; k < size_t(N); ++k) {
          offset[k] += stride[i - 1][k] - shape[i] * stride[i][k];
        }
      }
    }
  }

  /// f(offset of each operand) for each element, in row-major order.
  template <class F> void for_each(F&& f) const {
    for_rows(0, numel, [&](Offsets at, int64_t n, const Offsets& step) {
      for (; n > 0; --n) {
        f(static_cast<const Offsets&>(at));
        for (size_t k = 0; k < size_t(N); ++k) at[k] += step[k];
      }
    });
  }

 private:
  static std::array<std::vector<int64_t>, size_t(N)> strides_of(
      const std::vector<int64_t>& shape, const std::array<Operand, size_t(N)>& operands) {
    std::array<std::vector<int64_t>, size_t(N)> s;
    for (size_t k = 0; k < size_t(N); ++k) s[k] = broadcast_strides(operands[k], shape);
    return s;
  }
};

}  // namespace nnrun::sdk
