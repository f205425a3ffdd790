#include <algorithm>

#include "backends/reference/kernels.h"

namespace nnrun::reference {
namespace {

class DynamicSlice {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, NNR_I64, same_as(0)}); }
  explicit DynamicSlice(const Desc& d)
      : dtype_(d.in(0).dtype()),
        last_(d.in(0).size(0) - d.out(0).size(0)),
        stride_(d.in(0).stride(0)),
        walk_(d.out(0).shape(), {d.in(0).strides(), d.out(0).strides()}) {}

  void run(void* const* buffer, void*) const {
    const int64_t start = *static_cast<const int64_t*>(buffer[1]);
    const int64_t base = std::clamp<int64_t>(start, 0, last_) * stride_;
    visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* x = static_cast<const T*>(buffer[0]) + base;
      T* y = static_cast<T*>(buffer[2]);
      walk_.for_each([&](const auto& at) { y[at[1]] = x[at[0]]; });
    });
  }

 private:
  DType dtype_;
  int64_t last_, stride_;
  Walk<2> walk_;
};

}  // namespace

std::vector<KernelDef> kernel_dynamic_slice() { return loop<DynamicSlice>("dynamic_slice"); }

}  // namespace nnrun::reference
