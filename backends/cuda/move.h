// Elements carried from one place to another unchanged.
#pragma once

#include "backends/cuda/map.h"

namespace nnrun::cuda {

/// Every element of operand `from` to operand `to` at base + the sum of index * strides.
inline Map move_map(const Desc& d, int from, int to, std::vector<int64_t> strides,
                    int64_t base = 0) {
  Map m;
  const DType t = d.operand(from).dtype();
  m.shape = d.operand(from).shape();
  m.in = {operand_over(d, from, m.shape)};
  m.out = {{t, std::move(strides), {to, base * size_of(t)}}};
  m.body = "y0 = x0;";
  return m;
}

}  // namespace nnrun::cuda
