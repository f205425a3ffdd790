#include "backends/reference/numbers.h"
#include "backends/reference/pool.h"

namespace nnrun::reference {
namespace {

class MaxPool2d {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0), NNR_I32}); }
  explicit MaxPool2d(const Desc& d)
      : dtype_(d.in(0).dtype()),
        input_{d.in(0).size(2), d.in(0).size(3)},
        output_{d.out(0).size(2), d.out(0).size(3)},
        kernel_(d.attrs().integers("kernel_size")),
        stride_(d.attrs().integers("stride")),
        padding_(d.attrs().integers("padding")),
        dilation_(d.attrs().integers("dilation")),
        planes_(d.in(0), {d.in(0).strides(), d.out(0).strides(), d.out(1).strides()}) {}

  void run(void* const* buffer, void*) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      planes_.starts.for_each([&](const auto& start) {
        const T* x = static_cast<const T*>(buffer[0]) + start[0];
        T* y = static_cast<T*>(buffer[1]) + start[1];
        int32_t* index = static_cast<int32_t*>(buffer[2]) + start[2];
        for (int64_t oh = 0; oh < output_[0]; ++oh) {
          for (int64_t ow = 0; ow < output_[1]; ++ow) {
            const int64_t i = largest(x, oh, ow);
            y[planes_.at(1, oh, ow)] = i < 0 ? convert<T>(lowest<double>())
                                             : x[planes_.at(0, i / input_[1], i % input_[1])];
            index[planes_.at(2, oh, ow)] = static_cast<int32_t>(i);
          }
        }
      });
    });
  }

 private:
  /// ih * W + iw of the first of the largest elements of a window, or of its last NaN; -1 when the
  /// window has no element inside the plane.
  template <class T> int64_t largest(const T* x, int64_t oh, int64_t ow) const {
    double best = 0;
    int64_t index = -1;
    for (int64_t kh = 0; kh < kernel_[0]; ++kh) {
      const int64_t ih = oh * stride_[0] - padding_[0] + kh * dilation_[0];
      if (ih < 0 || ih >= input_[0]) continue;
      for (int64_t kw = 0; kw < kernel_[1]; ++kw) {
        const int64_t iw = ow * stride_[1] - padding_[1] + kw * dilation_[1];
        if (iw < 0 || iw >= input_[1]) continue;
        const double v = load(x, planes_.at(0, ih, iw));
        if (index >= 0 && !(v > best) && !is_nan(v)) continue;
        best = v;
        index = ih * input_[1] + iw;
      }
    }
    return index;
  }

  DType dtype_;
  std::array<int64_t, 2> input_, output_;
  std::vector<int64_t> kernel_, stride_, padding_, dilation_;
  Planes<3> planes_;
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d() { return loop<MaxPool2d>("max_pool2d"); }

}  // namespace nnrun::reference
