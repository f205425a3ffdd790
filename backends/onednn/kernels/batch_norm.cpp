#include "backends/onednn/batch_norm.h"

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

}  // namespace

std::vector<KernelDef> kernel_batch_norm() { return {kernel<BatchNorm>("batch_norm", "simd")}; }

}  // namespace nnrun::onednn
