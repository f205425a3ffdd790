#include <nnrun/sdk/philox.hpp>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class Randn {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_I64}, {kFloats}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.out(0).numel()) * 30;
    return o;
  }
  explicit Randn(const Desc& d)
      : dtype_(d.out(0).dtype()), n_(d.out(0).numel()), threads_(threads_for(d, 100 * n_)) {}

  void run(void* const* buffer, void*) const {
    const int64_t* state = static_cast<const int64_t*>(buffer[0]);
    parallel_for(n_, kGrain / 16, threads_, [&](int64_t begin, int64_t end) {
      visit<kFloats>(dtype_, [&](auto tag) {
        using T = typename decltype(tag)::type;
        fill_normal<T>(state, uint64_t(begin), uint64_t(end), static_cast<T*>(buffer[1]) + begin);
      });
    });
  }

 private:
  DType dtype_;
  int64_t n_;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_randn() { return {kernel<Randn>("randn", "loop")}; }

}  // namespace nnrun::onednn
