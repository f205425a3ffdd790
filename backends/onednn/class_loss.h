// Shared by cross_entropy and its gradient: what one row's target means. Where a program has both,
// they are one kernel, which computes a row's softmax once.
#pragma once

#include <nnrun/abi/compiler.h>

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
  /// Of a row whose log_softmax is log_p(class).
  template <class F> double loss(int64_t target, const float* weights, F&& log_p) const {
    const double w = weight(target, weights);
    if (target == ignored || w != w) return w;
    double loss = -(1 - smoothing) * w * log_p(target);
    if (smoothing > 0) {
      double all = 0;
      for (int64_t c = 0; c < classes; ++c) {
        all += (weights == nullptr ? 1. : double(weights[c])) * log_p(c);
      }
      loss -= smoothing / double(classes) * all;
    }
    return loss;
  }
  /// gx of a row, which is the softmax of it: g (softmax sum(a) - a), where a is what the target
  /// and the smoothing put on the classes.
  void gradient(int64_t target, const float* weights, double g, double all_smoothed,
                float* gx) const {
    if (target == ignored) {
      std::fill(gx, gx + classes, 0.f);
      return;
    }
    const double w = weight(target, weights) * (1 - smoothing);
    const float scale = float(g * (w + all_smoothed));
    for (int64_t c = 0; c < classes; ++c) gx[c] *= scale;
    if (smoothing > 0) {
      const double share = g * smoothing / double(classes);
      for (int64_t c = 0; c < classes; ++c) {
        gx[c] -= float(share * (weights == nullptr ? 1. : double(weights[c])));
      }
    }
    if (w == w) gx[target] -= float(g * w);
  }
  /// What the rows are divided by.
  double divisor(const int64_t* target, const float* weights) const {
    if (reduction != Reduction::mean) return 1;
    double sum = 0;
    for (int64_t i = 0; i < rows; ++i) sum += weight(target[i], weights);
    return sum;
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

/// Names the pairs of a cross_entropy and its gradient in a graph.
void claim_class_losses(const nnr_graph& g, nnr_group_fn group, void* arg);

KernelDef class_loss_kernel();

}  // namespace nnrun::onednn
