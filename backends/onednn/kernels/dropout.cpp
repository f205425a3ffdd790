#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

/// x, rng -> y, mask in one pass: element i stays when uniform number i is at least p.
class Dropout {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32, NNR_I64}, {NNR_F32, kBool}), d);
    if (refused(o)) return o;
    o.est_ns = 20 + double(d.in(0).numel()) * 1.2;
    o.inplace.push_back({0, 0});
    return o;
  }
  explicit Dropout(const Desc& d)
      : n_(d.in(0).numel()), threads_(threads_for(d, 4 * n_)), loop_(loops().dropout) {
    const double p = d.attrs().number("p");
    p_ = float(p);
    scale_ = p < 1 ? float(1 / (1 - p)) : 0.f;
  }

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 2);
    const float* x = b.in<float>(0);
    const int64_t* state = b.in<int64_t>(1);
    float* y = b.out<float>(0);
    uint8_t* mask = b.out<uint8_t>(1);
    parallel_for(n_, kGrain / 4, threads_, [&](int64_t begin, int64_t end) {
      loop_(state, uint64_t(begin), end - begin, p_, scale_, x + begin, y + begin, mask + begin);
    });
  }

 private:
  int64_t n_;
  int threads_;
  decltype(Loops::dropout) loop_;
  float p_ = 0, scale_ = 1;
};

}  // namespace

std::vector<KernelDef> kernel_dropout() { return {kernel<Dropout>("dropout", "simd")}; }

}  // namespace nnrun::onednn
