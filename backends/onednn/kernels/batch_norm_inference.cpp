#include "backends/onednn/batch_norm.h"
#include "backends/onednn/blocks.h"

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

/// The same in blocks.
class BlockedBatchNormInference {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    Offer o = accept(d, {NNR_F32 | kAnyLayout, optional(f), optional(f), f, f}, {f | kAnyLayout});
    return blocked_offer(std::move(o), d, 0, 0.15, {0, 5});
  }
  explicit BlockedBatchNormInference(const Desc& d)
      : b_(d, d.in(0)), eps_(d.attrs().number("eps")) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 5);
    const float* x = b.in<float>(0);
    float* y = b.out<float>(0);
    b_.for_planes([&](const Plane& p) {
      const Lane weight = lanes_of(b.in<float>(1), b_, p.block, 1);
      const Lane shift = lanes_of(b.in<float>(2), b_, p.block).first(p.used);
      const Lane mean = lanes_of(b.in<float>(3), b_, p.block);
      const Lane var = lanes_of(b.in<float>(4), b_, p.block);
      Lane scale;
      for (int l = 0; l < p.used; ++l) {
        scale.of[l] = float(1 / std::sqrt(double(var.of[l]) + eps_) * double(weight.of[l]));
      }
      const int64_t at = p.number * b_.inner * b_.lanes;
      b_.loops->affine(x + at, mean.of, scale.of, shift.of, y + at, b_.inner);
    });
  }

 private:
  Blocks b_;
  double eps_;
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_inference() {
  return {kernel<BatchNormInference>("batch_norm_inference", "simd"),
          kernel<BlockedBatchNormInference>("batch_norm_inference", "blocked")};
}

}  // namespace nnrun::onednn
