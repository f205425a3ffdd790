#include "backends/reference/conv.h"
#include "backends/reference/sums.h"

namespace nnrun::reference {
namespace {

class Conv2dGradWeight {
 public:
  static Offer offer(const Desc& d) {
    return with_sums(accept(d, {kFloats, same_as(0), same_as(0)}), d);
  }
  explicit Conv2dGradWeight(const Desc& d)
      : dtype_(d.in(0).dtype()),
        taps_(d, placed(d.in(1)), summed(d.out(0)), placed(d.in(0))),
        sums_(d.out(0)) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T *gy = static_cast<const T*>(buffer[0]), *x = static_cast<const T*>(buffer[1]);
      double* gw = static_cast<double*>(workspace);
      sums_.clear(gw);
      taps_.for_each([&](int64_t i, int64_t w, int64_t o) { gw[w] += load(gy, o) * load(x, i); });
      sums_.round(gw, static_cast<T*>(buffer[2]));
    });
  }

 private:
  DType dtype_;
  Taps taps_;
  Sums sums_;
};

}  // namespace

std::vector<KernelDef> kernel_conv2d_grad_weight() {
  return loop<Conv2dGradWeight>("conv2d_grad_weight");
}

}  // namespace nnrun::reference
