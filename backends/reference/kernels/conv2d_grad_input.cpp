#include "backends/reference/conv.h"
#include "backends/reference/sums.h"

namespace nnrun::reference {
namespace {

class Conv2dGradInput {
 public:
  static Offer offer(const Desc& d) {
    return with_sums(accept(d, {kFloats, same_as(0), same_as(0)}), d);
  }
  explicit Conv2dGradInput(const Desc& d)
      : dtype_(d.in(0).dtype()),
        taps_(d, summed(d.out(0)), placed(d.in(1)), placed(d.in(0))),
        sums_(d.out(0)) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T *gy = static_cast<const T*>(buffer[0]), *weight = static_cast<const T*>(buffer[1]);
      double* gx = static_cast<double*>(workspace);
      sums_.clear(gx);
      taps_.for_each(
          [&](int64_t i, int64_t w, int64_t o) { gx[i] += load(gy, o) * load(weight, w); });
      sums_.round(gx, static_cast<T*>(buffer[2]));
    });
  }

 private:
  DType dtype_;
  Taps taps_;
  Sums sums_;
};

}  // namespace

std::vector<KernelDef> kernel_conv2d_grad_input() {
  return loop<Conv2dGradInput>("conv2d_grad_input");
}

}  // namespace nnrun::reference
