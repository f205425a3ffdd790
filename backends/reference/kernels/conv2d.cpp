#include "backends/reference/conv.h"
#include "backends/reference/sums.h"

namespace nnrun::reference {
namespace {

class Conv2d {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes = {kFloats, same_as(0), same_as(0)};
    if (d.inputs() == 3) dtypes.insert(dtypes.begin() + 2, optional(same_as(0)));
    return with_sums(accept(d, dtypes), d);
  }
  explicit Conv2d(const Desc& d)
      : dtype_(d.in(0).dtype()),
        outputs_(d.inputs()),
        channels_(d.out(0).size(1)),
        plane_(d.out(0).size(2) * d.out(0).size(3)),
        bias_stride_(d.in(2) ? d.in(2).stride(0) : 0),
        taps_(d, placed(d.in(0)), placed(d.in(1)), summed(d.out(0))),
        sums_(d.out(0)) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T *x = static_cast<const T*>(buffer[0]), *weight = static_cast<const T*>(buffer[1]);
      const T* bias = outputs_ == 3 ? static_cast<const T*>(buffer[2]) : nullptr;
      double* y = static_cast<double*>(workspace);
      double* next = y;
      for (int64_t i = 0; i < taps_.x.size[0] * channels_; ++i) {
        const double b = bias == nullptr ? 0 : load(bias, i % channels_ * bias_stride_);
        next = std::fill_n(next, plane_, b);
      }
      taps_.for_each(
          [&](int64_t i, int64_t w, int64_t o) { y[o] += load(x, i) * load(weight, w); });
      sums_.round(y, static_cast<T*>(buffer[outputs_]));
    });
  }

 private:
  DType dtype_;
  int outputs_;  // where the buffers of the outputs begin
  int64_t channels_, plane_, bias_stride_;
  Taps taps_;
  Sums sums_;
};

}  // namespace

std::vector<KernelDef> kernel_conv2d() { return loop<Conv2d>("conv2d"); }

}  // namespace nnrun::reference
