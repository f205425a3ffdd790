#include "backends/reference/kernels.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {
namespace {

class Matmul {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kNumbers, same_as(0), same_as(0)}); }
  explicit Matmul(const Desc& d)
      : dtype_(d.in(0).dtype()),
        k_(d.in(0).size(d.in(0).rank() - 1)),
        x_step_(d.in(0).stride(d.in(0).rank() - 1)),
        y_step_(d.in(1).stride(d.in(1).rank() - 2)),
        walk_(dots(d)) {}

  void run(void* const* buffer, void*) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* out = static_cast<T*>(buffer[2]);
      walk_.for_each([&](const auto& at) {
        const T* x = static_cast<const T*>(buffer[0]) + at[0];
        const T* y = static_cast<const T*>(buffer[1]) + at[1];
        wide_t<T> acc = 0;
        for (int64_t k = 0; k < k_; ++k) {
          acc = plus(acc, times(load(x, k * x_step_), load(y, k * y_step_)));
        }
        out[at[2]] = convert<T>(acc);
      });
    });
  }

 private:
  /// Over the elements of the result: the row of x and the column of y that each is the dot of.
  static Walk<3> dots(const Desc& d) {
    const std::vector<int64_t> shape = d.out(0).shape();
    const size_t n = shape.size();
    std::vector<int64_t> x = broadcast_strides(d.in(0), shape);
    std::vector<int64_t> y = broadcast_strides(d.in(1), shape);
    x[n - 1] = 0;
    y[n - 2] = 0;
    return Walk<3>(shape, {x, y, d.out(0).strides()});
  }
  DType dtype_;
  int64_t k_, x_step_, y_step_;
  Walk<3> walk_;
};

}  // namespace

std::vector<KernelDef> kernel_matmul() { return loop<Matmul>("matmul"); }

}  // namespace nnrun::reference
