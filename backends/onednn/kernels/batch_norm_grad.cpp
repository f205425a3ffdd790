#include "backends/onednn/batch_norm.h"

namespace nnrun::onednn {
namespace {

/// gy, x, [weight], mean, var -> gx, gweight, gbias, with r = 1 / sqrt(var + eps):
///   gbias = sum(gy), gweight = r sum(gy (x - mean)),
///   gx = weight r (gy - gbias / n - (x - mean) r gweight / n)
class BatchNormGrad {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    return channels_offer(accept(d, {NNR_F32, f, optional(f), f, f}, {f, f, f}), d, 0.6);
  }
  explicit BatchNormGrad(const Desc& d)
      : c_(d, d.in(1)), eps_(d.attrs().number("eps")), loops_(loops()) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 5);
    const float *gy = b.in<float>(0), *x = b.in<float>(1), *weight = b.in<float>(2);
    const float *mean = b.in<float>(3), *var = b.in<float>(4);
    float *gx = b.out<float>(0), *gweight = b.out<float>(1), *gbias = b.out<float>(2);
    c_.for_channels([&](int64_t c) {
      double sum = 0, dot = 0;
      c_.for_samples(c, [&](int64_t at) {
        loops_.channel.grad_sums(gy + at, x + at, mean[c], c_.inner, &sum, &dot);
      });
      const double rstd = 1 / std::sqrt(double(var[c]) + eps_);
      gbias[c] = float(sum);
      gweight[c] = float(rstd * dot);
      const double a = rstd * (weight == nullptr ? 1 : weight[c]);
      const double slope = -a * rstd * rstd * dot / c_.count(), shift = -a * sum / c_.count();
      c_.for_samples(c, [&](int64_t at) {
        loops_.channel.grad(gy + at, x + at, mean[c], float(a), float(slope), float(shift), gx + at,
                            c_.inner);
      });
    });
  }

 private:
  Channels c_;
  double eps_;
  const Loops& loops_;
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_grad() {
  return {kernel<BatchNormGrad>("batch_norm_grad", "simd")};
}

}  // namespace nnrun::onednn
