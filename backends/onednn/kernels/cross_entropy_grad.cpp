#include "backends/onednn/class_loss.h"

namespace nnrun::onednn {
namespace {

/// gy, x, target, [weight] -> gx
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
        softmax_(loops().row.softmax) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, inputs_);
    const float *gy = b.in<float>(0), *x = b.in<float>(1), *weights = b.in<float>(3);
    const int64_t* target = b.in<int64_t>(2);
    float* gx = b.out<float>(0);
    const double divisor = t_.divisor(target, weights);
    const double smoothed = t_.smoothed(weights);
    const bool each = t_.reduction == Targets::Reduction::none;
    parallel_for(t_.rows, t_.grain(), threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* row = gx + i * t_.classes;
        softmax_(x + i * t_.classes, row, t_.classes);
        t_.gradient(target[i], weights, gy[each ? i : 0] / divisor, smoothed, row);
      }
    });
  }

 private:
  int inputs_;
  Targets t_;
  int threads_;
  decltype(RowLoops::softmax) softmax_;
};

}  // namespace

std::vector<KernelDef> kernel_cross_entropy_grad() {
  return {kernel<CrossEntropyGrad>("cross_entropy_grad", "simd")};
}

}  // namespace nnrun::onednn
