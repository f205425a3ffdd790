// Shared by cross_entropy and its gradient: what one row's target means.
#pragma once

#include <limits>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// Rows of more classes than this are left to the composition: a row's softmax is kept on the
/// stack.
inline constexpr int64_t kMostClasses = 4096;

/// Over rows of logits (N, C) with targets (N) and, perhaps, weights (C).
struct Targets {
  int64_t rows, classes, ignored;
  double smoothing;
  enum class Reduction { mean, sum, none } reduction;

  Targets(const Desc& d, const Operand& logits)
      : rows(logits.size(0)),
        classes(logits.size(1)),
        ignored(d.attrs().integer("ignore_index")),
        smoothing(d.attrs().number("label_smoothing")) {
    const std::string r = d.attrs().text("reduction");
    reduction = r == "mean" ? Reduction::mean : r == "sum" ? Reduction::sum : Reduction::none;
  }
  /// 0 where ignored, NaN where the target is no class.
  double weight(int64_t target, const float* weights) const {
    if (target == ignored) return 0;
    if (target < 0 || target >= classes) return std::numeric_limits<double>::quiet_NaN();
    return weights == nullptr ? 1 : weights[target];
  }
  /// What smoothing puts on all classes together.
  double smoothed(const float* weights) const {
    if (smoothing == 0 || weights == nullptr) return smoothing;
    double s = 0;
    for (int64_t c = 0; c < classes; ++c) s += weights[c];
    return s * smoothing / double(classes);
  }
  int64_t grain() const { return std::max<int64_t>(1, kGrain / 8 / std::max<int64_t>(1, classes)); }
};

inline Offer class_loss_offer(Offer o, const Desc& d, const Operand& logits) {
  o = require_contiguous(std::move(o), d);
  if (refused(o)) return o;
  if (logits.rank() != 2 || logits.size(1) > kMostClasses || logits.size(1) == 0) {
    return no("not (N, C) with up to 4096 classes");
  }
  o.est_ns = 30 + 25 * double(logits.size(0)) + double(logits.numel());
  return o;
}

}  // namespace nnrun::onednn
