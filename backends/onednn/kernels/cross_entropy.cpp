#include "backends/onednn/class_loss.h"

namespace nnrun::onednn {
namespace {

/// x, target, [weight] -> loss. Rows are done in any order, and added up in theirs.
class CrossEntropy {
 public:
  static Offer offer(const Desc& d) {
    Offer o =
        class_loss_offer(accept(d, {NNR_F32, NNR_I64, optional(NNR_F32)}, {NNR_F32}), d, d.in(0));
    if (!refused(o)) o.workspace_bytes = uint64_t(d.in(0).size(0)) * sizeof(double);
    return o;
  }
  explicit CrossEntropy(const Desc& d)
      : inputs_(d.inputs()),
        t_(d, d.in(0)),
        threads_(threads_for(d, 8 * d.in(0).numel())),
        log_softmax_(loops().row.log_softmax) {}

  void run(void* const* buffer, void* workspace) const {
    const Buffers b(buffer, inputs_);
    const float *x = b.in<float>(0), *weights = b.in<float>(2);
    const int64_t* target = b.in<int64_t>(1);
    double* loss = static_cast<double*>(workspace);
    parallel_for(t_.rows, t_.grain(), threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        loss[i] = row(x + i * t_.classes, target[i], weights);
      }
    });
    float* y = b.out<float>(0);
    if (t_.reduction == Targets::Reduction::none) {
      for (int64_t i = 0; i < t_.rows; ++i) y[i] = float(loss[i]);
      return;
    }
    double sum = 0;
    for (int64_t i = 0; i < t_.rows; ++i) sum += loss[i];
    *y = float(sum / t_.divisor(target, weights));
  }

 private:
  double row(const float* x, int64_t target, const float* weights) const {
    const double w = t_.weight(target, weights);
    if (target == t_.ignored || w != w) return w;
    float log_p[kMostClasses];
    log_softmax_(x, log_p, t_.classes);
    return t_.loss(target, weights, [&](int64_t c) { return double(log_p[c]); });
  }

  int inputs_;
  Targets t_;
  int threads_;
  decltype(RowLoops::log_softmax) log_softmax_;
};

}  // namespace

std::vector<KernelDef> kernel_cross_entropy() {
  return {kernel<CrossEntropy>("cross_entropy", "simd")};
}

}  // namespace nnrun::onednn
