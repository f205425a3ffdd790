// Loops over strided operands of one broadcast shape, with dimensions merged where all operands
// allow, so that the inner loop is as long as it can be.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "desc.hpp"

namespace nnrun::sdk {

/// How N operands walk one shape. Strides are in elements; a broadcast dimension has stride 0.
template <int N> struct Walk {
  int rank = 0;
  std::array<int64_t, 8> shape{};
  std::array<std::array<int64_t, N>, 8> stride{};
  int64_t numel = 1;

  /// Operands align at their last dimension and broadcast to `over` (an output, say).
  Walk(const Operand& over, const std::array<Operand, N>& operands) {
    int n = 0;
    for (int i = 0; i < over.rank(); ++i) {  // outermost first
      const int64_t size = over.size(i);
      numel *= size;
      if (size == 1) continue;
      std::array<int64_t, N> s{};
      for (int k = 0; k < N; ++k) {
        const Operand& o = operands[size_t(k)];
        const int j = i - (over.rank() - o.rank());
        s[size_t(k)] = j < 0 || o.size(j) == 1 ? 0 : o.stride(j);
      }
      bool merged = n > 0;
      for (int k = 0; merged && k < N; ++k) {
        merged = stride[size_t(n - 1)][size_t(k)] == s[size_t(k)] * size;
      }
      if (merged) {
        shape[size_t(n - 1)] *= size;
        stride[size_t(n - 1)] = s;
      } else {
        shape[size_t(n)] = size;
        stride[size_t(n)] = s;
        ++n;
      }
    }
    if (n == 0) {  // one element: a loop of length 1
      shape[0] = 1;
      n = 1;
    }
    rank = n;
  }

  int64_t inner() const { return shape[size_t(rank - 1)]; }
  const std::array<int64_t, N>& inner_stride() const { return stride[size_t(rank - 1)]; }

  /// f(offset of each operand, length, inner strides) for each inner row that lies in
  /// [begin, end) of the flat row-major order; a row may be cut at both ends.
  template <class F> void for_rows(int64_t begin, int64_t end, F&& f) const {
    if (begin >= end) return;
    std::array<int64_t, 8> index{};
    int64_t rest = begin;
    for (int i = rank - 1; i >= 0; --i) {
      index[size_t(i)] = rest % shape[size_t(i)];
      rest /= shape[size_t(i)];
    }
    std::array<int64_t, N> offset{};
    for (int i = 0; i < rank; ++i) {
      for (int k = 0; k < N; ++k) offset[size_t(k)] += index[size_t(i)] * stride[size_t(i)][size_t(k)];
    }
    const size_t last = size_t(rank - 1);
    while (begin < end) {
      int64_t n = shape[last] - index[last];
      if (n > end - begin) n = end - begin;
      f(offset, n, stride[last]);
      begin += n;
      index[last] += n;
      for (int k = 0; k < N; ++k) offset[size_t(k)] += n * stride[last][size_t(k)];
      for (size_t i = last; i > 0 && index[i] == shape[i]; --i) {
        index[i] = 0;
        ++index[i - 1];
        for (size_t k = 0; k < size_t(N); ++k) {
          offset[k] += stride[i - 1][k] - shape[i] * stride[i][k];
        }
      }
    }
  }
};

}  // namespace nnrun::sdk
