#include "backends/reference/kernels.h"

namespace nnrun::reference {
namespace {

class Cast {
 public:
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kAllDTypes, kAllDTypes}), d);
  }
  explicit Cast(const Desc& d)
      : from_(d.in(0).dtype()), to_(d.out(0).dtype()), walk_(d.out(0), {d.in(0), d.out(0)}) {}

  void run(void* const* buffer, void*) const {
    visit(from_, [&](auto from) {
      using From = typename decltype(from)::type;
      visit(to_, [&](auto to) {
        using To = typename decltype(to)::type;
        const From* x = static_cast<const From*>(buffer[0]);
        To* y = static_cast<To*>(buffer[1]);
        walk_.for_each([&](const auto& at) { y[at[1]] = convert<To>(x[at[0]]); });
      });
    });
  }

 private:
  DType from_, to_;
  Walk<2> walk_;
};

}  // namespace

std::vector<KernelDef> kernel_cast() { return loop<Cast>("cast"); }

}  // namespace nnrun::reference
