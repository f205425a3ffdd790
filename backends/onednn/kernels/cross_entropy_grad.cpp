#include "backends/onednn/class_loss.h"

namespace nnrun::onednn {
namespace {

/// gy, x, target, [weight] -> gx = g (softmax(x) sum(a) - a), where a is what the target and the
/// smoothing put on the classes.
class CrossEntropyGrad {
 public:
  static Offer offer(const Desc& d) {
    return class_loss_offer(accept(d, {NNR_F32, NNR_F32, NNR_I64, optional(NNR_F32)}, {NNR_F32}), d,
                            d.in(1));
  }
  explicit CrossEntropyGrad(const Desc& d)
      : inputs_(d.inputs()),
        t_(d, d.in(1)),
        threads_(threads_for(d, 8 * d.in(1).numel())),
        softmax_(loops().row.softmax),
        scale_(loops().binary(BinaryOp::mul, DType::float32)) {
    scaling_.cols = t_.classes;
    scaling_.col_step[0] = scaling_.col_step[2] = 1;
  }

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, inputs_);
    const float *gy = b.in<float>(0), *x = b.in<float>(1), *weights = b.in<float>(3);
    const int64_t* target = b.in<int64_t>(2);
    float* gx = b.out<float>(0);
    double divisor = 1;
    if (t_.reduction == Targets::Reduction::mean) {
      divisor = 0;
      for (int64_t i = 0; i < t_.rows; ++i) divisor += t_.weight(target[i], weights);
    }
    const double smoothed = t_.smoothed(weights);
    const bool each = t_.reduction == Targets::Reduction::none;
    parallel_for(t_.rows, t_.grain(), threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        row(x + i * t_.classes, target[i], weights, gy[each ? i : 0] / divisor, smoothed,
            gx + i * t_.classes);
      }
    });
  }

 private:
  void row(const float* x, int64_t target, const float* weights, double g, double smoothed,
           float* gx) const {
    if (target == t_.ignored) {
      std::fill(gx, gx + t_.classes, 0.f);
      return;
    }
    const double w = t_.weight(target, weights) * (1 - t_.smoothing);
    softmax_(x, gx, t_.classes);
    float scale = float(g * (w + smoothed));
    void* const p[] = {gx, &scale, gx};
    scale_(p, scaling_);
    if (t_.smoothing > 0) {
      const double share = g * t_.smoothing / double(t_.classes);
      for (int64_t c = 0; c < t_.classes; ++c) {
        gx[c] -= float(share * (weights == nullptr ? 1. : double(weights[c])));
      }
    }
    if (w == w) gx[target] -= float(g * w);
  }

  int inputs_;
  Targets t_;
  int threads_;
  decltype(RowLoops::softmax) softmax_;
  TileLoop scale_;
  Tile scaling_;
};

}  // namespace

std::vector<KernelDef> kernel_cross_entropy_grad() {
  return {kernel<CrossEntropyGrad>("cross_entropy_grad", "simd")};
}

}  // namespace nnrun::onednn
