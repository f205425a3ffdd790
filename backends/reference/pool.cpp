#include "backends/reference/pool.h"

namespace nnrun::reference {

Ranges pool_ranges(const Desc& d, const Operand& input, const Operand& output) {
  const std::vector<int64_t> kernel = d.attrs().integers("kernel_size");
  const std::vector<int64_t> stride = d.attrs().integers("stride");
  const std::vector<int64_t> padding = d.attrs().integers("padding");
  const bool count_include_pad = d.attrs().flag("count_include_pad");
  Ranges r;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t size = input.size(int(i) + 2);
    for (int64_t o = 0; o < output.size(int(i) + 2); ++o) {
      const int64_t begin = o * stride[i] - padding[i];
      const int64_t end = std::min(begin + kernel[i], size + padding[i]);
      const Range inside = {std::max<int64_t>(begin, 0), std::min(end, size), 0};
      r[i].push_back(inside);
      r[i].back().count = count_include_pad ? end - begin : inside.end - inside.begin;
    }
  }
  return r;
}

Ranges adaptive_ranges(const Desc&, const Operand& input, const Operand& output) {
  Ranges r;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t in = input.size(int(i) + 2), out = output.size(int(i) + 2);
    for (int64_t o = 0; o < out; ++o) {
      const int64_t begin = o * in / out, end = ((o + 1) * in + out - 1) / out;
      r[i].push_back({begin, end, end - begin});
    }
  }
  return r;
}

}  // namespace nnrun::reference
