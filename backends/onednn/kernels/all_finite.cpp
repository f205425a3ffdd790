#include <atomic>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

/// Padding is zero, so operands may be in any layout.
class AllFinite {
 public:
  static Offer offer(const Desc& d) {
    if (d.inputs() < 1 || d.outputs() != 1) return no("no operands");
    int64_t n = 0;
    for (int i = 1; i < d.inputs(); ++i) {
      const Operand x = d.in(i);
      if (!x) return no("operand " + std::to_string(i) + " is absent");
      if (!is_float(x.dtype()) || !x.contiguous()) {
        return no("operand " + std::to_string(i) + " is strided or not of floats");
      }
      n += x.numel();
    }
    return yes(10 + 0.1 * double(n));
  }
  explicit AllFinite(const Desc& d) : threads_(d.threads()) {
    for (int i = 1; i < d.inputs(); ++i) {
      const DType t = d.in(i).dtype();
      parts_.push_back({loops().finite(t), size_of(t), numbers(d.in(i))});
    }
  }

  void run(void* const* buffer, void*) const {
    std::atomic<bool> good{*static_cast<const uint8_t*>(buffer[0]) != 0};
    for (size_t i = 0; i < parts_.size() && good; ++i) {
      const Part& p = parts_[i];
      parallel_for(p.n, 4 * kGrain, threads_, [&](int64_t begin, int64_t end) {
        if (!p.loop(at(static_cast<const void*>(buffer[i + 1]), begin * p.bytes), end - begin)) {
          good = false;
        }
      });
    }
    *static_cast<uint8_t*>(buffer[parts_.size() + 1]) = good ? 1 : 0;
  }

 private:
  static int64_t numbers(const Operand& x) {
    return x.layout().empty() ? x.numel() : int64_t(x.bytes()) / size_of(x.dtype());
  }
  struct Part {
    bool (*loop)(const void*, int64_t);
    int bytes;
    int64_t n;
  };
  std::vector<Part> parts_;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_all_finite() { return {kernel<AllFinite>("all_finite", "simd")}; }

}  // namespace nnrun::onednn
