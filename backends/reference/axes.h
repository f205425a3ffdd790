// Walking some dimensions of an operand for each index of the others.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// Which dimensions the dims of a reduction name: they may be negative, and none means all.
inline std::vector<bool> dim_flags(const std::vector<int64_t>& dims, int rank) {
  std::vector<bool> chosen(size_t(rank), dims.empty());
  for (int64_t dim : dims) {
    if (rank > 0) chosen[size_t(dim < 0 ? dim + rank : dim)] = true;
  }
  return chosen;
}

/// x with its dimensions parted in two: `outer` walks the kept ones in x and in y, which has them
/// in order (and any others with size 1); `inner` walks the chosen ones in x.
struct Parted {
  Walk<2> outer;
  Walk<1> inner;

  static Parted of(const Operand& x, const Operand& y, const std::vector<bool>& chosen) {
    std::vector<int64_t> kept, kept_x, kept_y, in, in_x;
    int j = 0;
    for (int i = 0; i < x.rank(); ++i) {
      if (chosen[size_t(i)]) {
        in.push_back(x.size(i));
        in_x.push_back(x.stride(i));
        if (y.rank() == x.rank()) ++j;
      } else {
        kept.push_back(x.size(i));
        kept_x.push_back(x.stride(i));
        kept_y.push_back(y.stride(j++));
      }
    }
    return {Walk<2>(kept, {kept_x, kept_y}), Walk<1>(in, {in_x})};
  }
};

/// The lines along the attribute dim of N operands of one shape. Rank-0 operands are one line of
/// length 1.
template <size_t N> struct Lines {
  Walk<int(N)> starts;  // over the first elements of the lines
  int64_t length = 1;
  std::array<int64_t, N> stride{};  // along a line

  Lines(const Desc& d, const std::array<Operand, N>& operands) : starts(first(d, operands)) {
    if (operands[0].rank() == 0) return;
    const int dim = dim_of(d, operands[0].rank());
    length = operands[0].size(dim);
    for (size_t k = 0; k < N; ++k) stride[k] = operands[k].stride(dim);
  }

 private:
  static Walk<int(N)> first(const Desc& d, const std::array<Operand, N>& operands) {
    std::vector<int64_t> shape = operands[0].shape();
    if (!shape.empty()) shape[size_t(dim_of(d, operands[0].rank()))] = 1;
    std::array<std::vector<int64_t>, N> strides;
    for (size_t k = 0; k < N; ++k) strides[k] = operands[k].strides();
    return Walk<int(N)>(shape, strides);
  }
};

}  // namespace nnrun::reference
