// Pooling over images (N, C, H, W): a thread for each element of the result.
#pragma once

#include "backends/cuda/map.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

/// Strides of planes: an operand whose height and width the text of a map walks itself.
inline MapOperand planes(const Desc& d, int i) {
  std::vector<int64_t> s = d.operand(i).strides();
  s[2] = s[3] = 0;
  return {d.operand(i).dtype(), std::move(s), {i, 0}, true};
}

/// The map of device/window.cuh: `walked` is read in windows, `image` and `windows` are the
/// operands with the sizes of input and output.
inline Map window_map(const Desc& d, const Operand& image, const Operand& windows, int walked,
                      int result) {
  Map m;
  m.shape = d.operand(result).shape();
  m.in = {planes(d, walked)};
  m.out = {operand_over(d, result, m.shape)};
  m.parts = {text_window()};
  const Operand x = d.operand(walked);
  m.n = {windows.size(3), windows.size(2), image.size(2), image.size(3), x.stride(2), x.stride(3)};
  const bool sized = d.attrs().has("kernel_size");
  for (size_t i = 0; i < 2; ++i) {
    for (const char* name : {"kernel_size", "stride", "padding", "dilation"}) {
      m.n.push_back(sized && d.attrs().has(name) ? d.attrs().integers(name)[i] : 1);
    }
  }
  m.n.push_back(d.attrs().has("count_include_pad") && d.attrs().flag("count_include_pad") ? 1 : 0);
  return m;
}

template <bool kAdaptive> class AveragePool : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0)}); }
  explicit AveragePool(const Desc& d) : MapKernel(d) {
    Map m = window_map(d, d.in(0), d.out(0), 0, 1);
    m.body = std::string("y0 = average<") + (kAdaptive ? "true" : "false") + ">(a, p0 + o0, i);";
    add_map(m);
  }
};

template <bool kAdaptive> class AveragePoolGrad : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0)}); }
  explicit AveragePoolGrad(const Desc& d) : MapKernel(d) {
    Map m = window_map(d, d.out(0), d.in(0), 0, 1);
    m.body =
        std::string("y0 = average_grad<") + (kAdaptive ? "true" : "false") + ">(a, p0 + o0, i);";
    add_map(m);
  }
};

}  // namespace nnrun::cuda
