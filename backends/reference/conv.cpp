#include "backends/reference/conv.h"

#include <algorithm>

namespace nnrun::reference {
namespace {

Taps::Image image(const std::vector<int64_t>& size, const std::vector<int64_t>& stride) {
  Taps::Image i;
  std::copy_n(size.begin(), 4, i.size.begin());
  std::copy_n(stride.begin(), 4, i.stride.begin());
  return i;
}

}  // namespace

Taps::Image placed(const Operand& o) { return image(o.shape(), o.strides()); }
Taps::Image summed(const Operand& o) { return image(o.shape(), row_major(o.shape())); }

Taps::Taps(const Desc& d, const Image& x, const Image& weight, const Image& y)
    : groups(d.attrs().integer("groups")), x(x), weight(weight), y(y) {
  const std::vector<int64_t> stride = d.attrs().integers("stride");
  const std::vector<int64_t> padding = d.attrs().integers("padding");
  const std::vector<int64_t> dilation = d.attrs().integers("dilation");
  for (size_t i = 0; i < 2; ++i) {
    side[i] = {x.size[i + 2], y.size[i + 2], weight.size[i + 2],
               stride[i],     padding[i],    dilation[i]};
  }
}

}  // namespace nnrun::reference
