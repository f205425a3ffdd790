#include "backends/onednn/batch_norm.h"

namespace nnrun::onednn {
namespace {

/// x, [weight], [bias], mean, var -> y.
class BatchNormInference {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    Offer o = channels_offer(accept(d, {NNR_F32, optional(f), optional(f), f, f}, {f}), d, 0.15);
    if (!refused(o)) o.inplace.push_back({0, 0});
    return o;
  }
  explicit BatchNormInference(const Desc& d)
      : c_(d, d.in(0)), eps_(d.attrs().number("eps")), loops_(loops()) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 5);
    const float *x = b.in<float>(0), *weight = b.in<float>(1), *bias = b.in<float>(2);
    const float *mean = b.in<float>(3), *var = b.in<float>(4);
    float* y = b.out<float>(0);
    c_.for_channels([&](int64_t c) {
      const double rstd = 1 / std::sqrt(double(var[c]) + eps_);
      const float scale = float(rstd * (weight == nullptr ? 1 : weight[c]));
      const float shift = bias == nullptr ? 0 : bias[c];
      c_.for_samples(c, [&](int64_t at) {
        loops_.channel.affine(x + at, mean[c], scale, shift, y + at, c_.inner);
      });
    });
  }

 private:
  Channels c_;
  double eps_;
  const Loops& loops_;
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_inference() {
  return {kernel<BatchNormInference>("batch_norm_inference", "simd")};
}

}  // namespace nnrun::onednn
