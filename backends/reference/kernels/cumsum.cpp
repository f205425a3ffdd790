#include "backends/reference/axes.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {
namespace {

class Cumsum {
 public:
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kNumbers, same_as(0)}), d);
  }
  explicit Cumsum(const Desc& d) : dtype_(d.in(0).dtype()), lines_(d, {d.in(0), d.out(0)}) {}

  void run(void* const* buffer, void*) const {
    visit<kNumbers>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      lines_.starts.for_each([&](const auto& at) {
        const T* x = static_cast<const T*>(buffer[0]) + at[0];
        T* y = static_cast<T*>(buffer[1]) + at[1];
        wide_t<T> acc = 0;
        for (int64_t i = 0; i < lines_.length; ++i) {
          acc = plus(acc, load(x, i * lines_.stride[0]));
          y[i * lines_.stride[1]] = convert<T>(acc);
        }
      });
    });
  }

 private:
  DType dtype_;
  Lines<2> lines_;
};

}  // namespace

std::vector<KernelDef> kernel_cumsum() { return loop<Cumsum>("cumsum"); }

}  // namespace nnrun::reference
