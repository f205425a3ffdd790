#include "backends/cuda/walk.h"

#include <algorithm>

namespace nnrun::cuda {
Grid grid_for(int64_t n, int64_t per_thread, int processors) {
  const int64_t items = (std::max<int64_t>(n, 1) - 1) / per_thread + 1;
  const int64_t blocks = (items - 1) / kThreads + 1;
  return {unsigned(std::min<int64_t>(blocks, int64_t(processors) * 8)), kThreads};
}

Grid grid_of_lines(int64_t n, int64_t length) {
  unsigned threads = 32;
  while (threads < kThreads && threads * 4 < length) threads *= 2;
  return {unsigned(std::clamp<int64_t>(n, 1, 1 << 20)), threads};
}

Walk walk_of(const std::vector<int64_t>& shape, const std::vector<std::vector<int64_t>>& strides) {
  if (shape.size() > size_t(Walk::kMaxRank)) {
    throw Failure(NNR_E_UNSUPPORTED, "rank " + std::to_string(shape.size()) + " is over 8");
  }
  if (strides.size() > size_t(Walk::kMaxOperands)) {
    throw Failure(NNR_E_UNSUPPORTED, std::to_string(strides.size()) + " operands are over 12");
  }
  Walk w = {};
  w.numel = 1;
  for (size_t i = 0; i < shape.size(); ++i) {  // outermost first
    w.numel *= shape[i];
    if (shape[i] == 1) continue;
    bool merged = w.rank > 0;
    for (size_t k = 0; merged && k < strides.size(); ++k) {
      merged = w.stride[w.rank - 1][k] == strides[k][i] * shape[i];
    }
    const int at = merged ? w.rank - 1 : w.rank++;
    w.shape[at] = merged ? w.shape[at] * shape[i] : shape[i];
    for (size_t k = 0; k < strides.size(); ++k) w.stride[at][k] = strides[k][i];
  }
  if (w.rank == 0) {  // one element
    w.rank = 1;
    w.shape[0] = 1;
  }
  return w;
}

std::vector<int64_t> row_major(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t n = 1;
  for (size_t i = shape.size(); i-- > 0; n *= shape[i]) strides[i] = n;
  return strides;
}

std::vector<int64_t> strides_over(const Operand& o, const std::vector<int64_t>& shape) {
  std::vector<int64_t> s(shape.size(), 0);
  const size_t lead = shape.size() - size_t(o.rank());
  for (int i = 0; i < o.rank(); ++i) {
    if (o.size(i) != 1) s[lead + size_t(i)] = o.stride(i);
  }
  return s;
}

}  // namespace nnrun::cuda
