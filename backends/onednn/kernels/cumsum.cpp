#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class CumSum {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers}, {same_as(0)});
    o.est_ns = 12 + 1.2 * double(d.out(0).numel());
    return elementwise_inplace(std::move(o), d);
  }
  explicit CumSum(const Desc& d)
      : dtype_(d.in(0).dtype()), lines_(lines(d)), threads_(threads_for(d, d.in(0).numel())) {
    const Operand x = d.in(0);
    if (x.rank() == 0) return;
    const int dim = dim_of(d, "dim", x.rank());
    n_ = x.size(dim);
    x_step_ = x.stride(dim);
    y_step_ = d.out(0).stride(dim);
  }

  void run(void* const* buffer, void*) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* x = static_cast<const T*>(buffer[0]);
      T* y = static_cast<T*>(buffer[1]);
      const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, n_));
      parallel_for(lines_.numel, grain, threads_, [&](int64_t begin, int64_t end) {
        lines_.for_rows(begin, end, [&](const auto& at, int64_t n, const auto& step) {
          for (int64_t i = 0; i < n; ++i) line(x + at[0] + i * step[0], y + at[1] + i * step[1]);
        });
      });
    });
  }

 private:
  static Walk<2> lines(const Desc& d) {
    const Operand x = d.in(0);
    std::vector<int64_t> sizes = x.shape();
    if (x.rank() > 0) sizes[size_t(dim_of(d, "dim", x.rank()))] = x.numel() == 0 ? 0 : 1;
    return Walk<2>(sizes, {x.strides(), d.out(0).strides()});
  }
  template <class T> void line(const T* x, T* y) const {
    using A = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;
    A sum = 0;
    for (int64_t i = 0; i < n_; ++i) {
      sum += static_cast<A>(static_cast<compute_t<T>>(x[i * x_step_]));
      y[i * y_step_] = static_cast<T>(static_cast<compute_t<T>>(sum));
    }
  }

  DType dtype_;
  Walk<2> lines_;
  int64_t n_ = 1, x_step_ = 0, y_step_ = 0;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_cumsum() { return {kernel<CumSum>("cumsum", "loop")}; }

}  // namespace nnrun::onednn
