#include "backends/reference/kernels.h"

namespace nnrun::reference {
namespace {

class Where {
 public:
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kBool, kAllDTypes, same_as(1), same_as(1)}), d);
  }
  explicit Where(const Desc& d)
      : dtype_(d.out(0).dtype()), walk_(d.out(0), {d.in(0), d.in(1), d.in(2), d.out(0)}) {}

  void run(void* const* buffer, void*) const {
    visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const bool* condition = static_cast<const bool*>(buffer[0]);
      const T *x = static_cast<const T*>(buffer[1]), *y = static_cast<const T*>(buffer[2]);
      T* out = static_cast<T*>(buffer[3]);
      walk_.for_each([&](const auto& at) { out[at[3]] = condition[at[0]] ? x[at[1]] : y[at[2]]; });
    });
  }

 private:
  DType dtype_;
  Walk<4> walk_;
};

}  // namespace

std::vector<KernelDef> kernel_where() { return loop<Where>("where"); }

}  // namespace nnrun::reference
