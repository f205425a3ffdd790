#include <cmath>

#include "backends/reference/kernels.h"

namespace nnrun::reference {
namespace {

class AllFinite {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(size_t(d.inputs()) + 1, kFloats);
    dtypes.front() = dtypes.back() = NNR_U8;
    return elementwise_inplace(accept(d, dtypes), d);
  }
  explicit AllFinite(const Desc& d) {
    for (int i = 1; i < d.inputs(); ++i) parts_.push_back({d.in(i).dtype(), {d.in(i), {d.in(i)}}});
  }

  void run(void* const* buffer, void*) const {
    bool ok = *static_cast<const uint8_t*>(buffer[0]) != 0;
    for (size_t i = 0; i < parts_.size() && ok; ++i) {
      visit<kFloats>(parts_[i].dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T* x = static_cast<const T*>(buffer[i + 1]);
        parts_[i].walk.for_each([&](const auto& at) { ok = ok && std::isfinite(load(x, at[0])); });
      });
    }
    *static_cast<uint8_t*>(buffer[parts_.size() + 1]) = ok ? 1 : 0;
  }

 private:
  struct Part {
    DType dtype;
    Walk<1> walk;
  };
  std::vector<Part> parts_;
};

}  // namespace

std::vector<KernelDef> kernel_all_finite() { return loop<AllFinite>("all_finite"); }

}  // namespace nnrun::reference
