#include <nnrun/sdk/philox.hpp>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class Rand {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_I64}, {kFloats}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.out(0).numel()) * 1.0;
    return o;
  }
  explicit Rand(const Desc& d)
      : dtype_(d.out(0).dtype()),
        n_(d.out(0).numel()),
        threads_(threads_for(d, 4 * n_)),
        fill_(loops().uniform) {}

  void run(void* const* buffer, void*) const {
    const int64_t* state = static_cast<const int64_t*>(buffer[0]);
    parallel_for(n_, kGrain / 4, threads_, [&](int64_t begin, int64_t end) {
      visit<kFloats>(dtype_, [&](auto tag) {
        using T = typename decltype(tag)::type;
        T* y = static_cast<T*>(buffer[1]) + begin;
        if constexpr (std::is_same_v<T, float>) {
          const int64_t blocks = (end - begin) / 4;
          fill_(state, uint64_t(begin / 4), blocks, y);
          begin += 4 * blocks;
          y += 4 * blocks;
        }
        fill_uniform<T>(state, uint64_t(begin), uint64_t(end), y);
      });
    });
  }

 private:
  DType dtype_;
  int64_t n_;
  int threads_;
  decltype(Loops::uniform) fill_;
};

}  // namespace

std::vector<KernelDef> kernel_rand() { return {kernel<Rand>("rand", "simd")}; }

}  // namespace nnrun::onednn
