#include "backends/reference/move.h"

namespace nnrun::reference {
namespace {

class Pad {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, same_as(0)}); }
  explicit Pad(const Desc& d)
      : dtype_(d.in(0).dtype()),
        value_(d.attrs().number("value")),
        whole_(d.out(0), {d.out(0)}),
        move_(spread(d)) {}

  void run(void* const* buffer, void*) const {
    visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* y = static_cast<T*>(buffer[1]);
      whole_.for_each([&](const auto& at) { y[at[0]] = convert<T>(value_); });
    });
    move_.run(buffer[0], buffer[1]);
  }

 private:
  static Move spread(const Desc& d) {
    const std::vector<int64_t> low = d.attrs().integers("low");
    const std::vector<int64_t> interior = d.attrs().integers("interior");
    std::vector<int64_t> strides = d.out(0).strides();
    int64_t base = 0;
    for (size_t i = 0; i < strides.size(); ++i) {
      base += low[i] * strides[i];
      strides[i] *= interior[i] + 1;
    }
    return Move(d.in(0), strides, base);
  }
  DType dtype_;
  double value_;
  Walk<1> whole_;
  Move move_;
};

}  // namespace

std::vector<KernelDef> kernel_pad() { return loop<Pad>("pad"); }

}  // namespace nnrun::reference
