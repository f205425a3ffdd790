#include "backends/onednn/batch_norm.h"
#include "backends/onednn/blocks.h"

namespace nnrun::onednn {
namespace {

/// x, [weight], [bias] -> y, mean, var.
class BatchNorm {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    Offer o = channels_offer(accept(d, {NNR_F32, optional(f), optional(f)}, {f, f, f}), d, 0.5);
    if (!refused(o)) o.inplace.push_back({0, 0});
    return o;
  }
  explicit BatchNorm(const Desc& d)
      : inputs_(d.inputs()), c_(d, d.in(0)), eps_(d.attrs().number("eps")), loops_(loops()) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, inputs_);
    const float* x = b.in<float>(0);
    float* y = b.out<float>(0);
    const float *weight = b.in<float>(1), *bias = b.in<float>(2);
    float *mean = b.out<float>(1), *var = b.out<float>(2);
    c_.for_channels([&](int64_t c) {
      double sum = 0, squares = 0;
      c_.for_samples(c, [&](int64_t at) { loops_.channel.sums(x + at, c_.inner, &sum); });
      mean[c] = float(sum / c_.count());
      c_.for_samples(
          c, [&](int64_t at) { loops_.channel.squares(x + at, c_.inner, mean[c], &squares); });
      var[c] = float(squares / c_.count());
      const double rstd = 1 / std::sqrt(squares / c_.count() + eps_);
      const float scale = float(rstd * (weight == nullptr ? 1 : weight[c]));
      const float shift = bias == nullptr ? 0 : bias[c];
      c_.for_samples(c, [&](int64_t at) {
        loops_.channel.affine(x + at, mean[c], scale, shift, y + at, c_.inner);
      });
    });
  }

 private:
  int inputs_;
  Channels c_;
  double eps_;
  const Loops& loops_;
};

/// The same in blocks.
class BlockedBatchNorm {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    Offer o = accept(d, {NNR_F32 | kAnyLayout, optional(f), optional(f)}, {f | kAnyLayout, f, f});
    return blocked_offer(std::move(o), d, 0, 0.5, {0, d.inputs()});
  }
  explicit BlockedBatchNorm(const Desc& d)
      : inputs_(d.inputs()), b_(d, d.in(0)), eps_(d.attrs().number("eps")) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, inputs_);
    const float* x = b.in<float>(0);
    float *y = b.out<float>(0), *mean = b.out<float>(1), *var = b.out<float>(2);
    b_.for_blocks([&](int64_t block) {
      double sum[16] = {}, squares[16] = {};
      b_.sum(block, sum, [&](int64_t at, double* part) { b_.loops->sums(x + at, b_.inner, part); });
      Lane center, scale;
      for (int l = 0; l < b_.lanes; ++l) center.of[l] = float(sum[l] / b_.count());
      b_.sum(block, squares, [&](int64_t at, double* part) {
        b_.loops->squares(x + at, b_.inner, center.of, part);
      });
      const Lane weight = lanes_of(b.in<float>(1), b_, block, 1);
      const Lane shift = lanes_of(b.in<float>(2), b_, block);
      for (int l = 0; l < b_.channels_in(block); ++l) {
        mean[b_.channel(block) + l] = center.of[l];
        var[b_.channel(block) + l] = float(squares[l] / b_.count());
      }
      for (int l = 0; l < b_.lanes; ++l) {
        scale.of[l] = float(1 / std::sqrt(squares[l] / b_.count() + eps_) * double(weight.of[l]));
      }
      b_.for_samples(block, [&](int64_t at, int used) {
        b_.loops->affine(x + at, center.of, scale.first(used).of, shift.first(used).of, y + at,
                         b_.inner);
      });
    });
  }

 private:
  int inputs_;
  Blocks b_;
  double eps_;
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm() {
  return {kernel<BatchNorm>("batch_norm", "simd"),
          kernel<BlockedBatchNorm>("batch_norm", "blocked")};
}

}  // namespace nnrun::onednn
