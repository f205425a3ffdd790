#include "backends/onednn/batch_norm.h"
#include "backends/onednn/blocks.h"

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

/// The same in blocks.
class BlockedBatchNormGrad {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0), any = f | kAnyLayout;
    Offer o = accept(d, {NNR_F32 | kAnyLayout, any, optional(f), f, f}, {any, f, f});
    if (!refused(o) && d.in(0).layout() != d.in(1).layout()) return no("in two layouts");
    return blocked_offer(std::move(o), d, 1, 0.6, {0, 1, 5});
  }
  explicit BlockedBatchNormGrad(const Desc& d) : b_(d, d.in(1)), eps_(d.attrs().number("eps")) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 5);
    const float *gy = b.in<float>(0), *x = b.in<float>(1);
    float *gx = b.out<float>(0), *gweight = b.out<float>(1), *gbias = b.out<float>(2);
    b_.for_blocks([&](int64_t block) {
      const Lane weight = lanes_of(b.in<float>(2), b_, block, 1);
      const Lane mean = lanes_of(b.in<float>(3), b_, block);
      const Lane var = lanes_of(b.in<float>(4), b_, block);
      double sum[16] = {}, dot[16] = {};
      b_.sum(block, sum,
             [&](int64_t at, double* part) { b_.loops->sums(gy + at, b_.inner, part); });
      b_.sum(block, dot, [&](int64_t at, double* part) {
        b_.loops->dots(gy + at, x + at, mean.of, b_.inner, part);
      });
      Lane scale, slope, shift;
      for (int l = 0; l < b_.lanes; ++l) {
        const double rstd = 1 / std::sqrt(double(var.of[l]) + eps_);
        if (l < b_.channels_in(block)) {
          gbias[b_.channel(block) + l] = float(sum[l]);
          gweight[b_.channel(block) + l] = float(rstd * dot[l]);
        }
        const double a = rstd * double(weight.of[l]);
        scale.of[l] = float(a);
        slope.of[l] = float(-a * rstd * rstd * dot[l] / b_.count());
        shift.of[l] = float(-a * sum[l] / b_.count());
      }
      b_.for_samples(block, [&](int64_t at, int used) {
        b_.loops->grad(gy + at, x + at, mean.of, scale.of, slope.first(used).of,
                       shift.first(used).of, gx + at, b_.inner);
      });
    });
  }

 private:
  Blocks b_;
  double eps_;
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_grad() {
  return {kernel<BatchNormGrad>("batch_norm_grad", "simd"),
          kernel<BlockedBatchNormGrad>("batch_norm_grad", "blocked")};
}

}  // namespace nnrun::onednn
