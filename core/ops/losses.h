// What the losses share: the reduction, losses of values (targets of the prediction's shape) and
// losses of classes (targets int64, the prediction's shape without dimension 1).
#pragma once

#include <string>
#include <vector>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// reduction: mean, sum or none.
AttrDecl reduction_attr();

/// A loss that is one formula of x0, the prediction, and x1, the target, with a0 the attribute, if
/// there is one. Shapes must be equal, nothing broadcasts. Complete with samples but for their
/// range.
struct ValueLoss {
  std::string name, doc, formula;
  /// Gradients for x0 and x1, with x2 what flows in; empty: the derivative of the formula. Needed
  /// where that one is not finite or not smooth.
  std::string gradient0 = {}, gradient1 = {};
  std::vector<AttrDecl> number = {};
};
OpDef value_loss(ValueLoss loss);

/// ignore_index.
AttrDecl ignore_index_attr();
/// Operands (N, C, d...), target int64 (N, d...), weight (C) or absent, from `first` on.
void check_classes(const std::string& op, const OpCall& c, size_t first);
/// The result's type: () or the target's shape.
Type class_loss_type(const OpCall& c);

/// Where the target is ignore_index (bool); the weight of each target: 0 where ignored, the class's
/// weight (1 without weights), NaN where it is not a class: that must not pass unseen; and the
/// target where it is a class, else 0: what may be looked up.
struct TargetWeights {
  Var ignored, weight, index;
};
TargetWeights target_weights(Var target, Var class_weight, int64_t classes, DType dtype,
                             int64_t ignore_index);

/// The loss of log-probabilities, as torch's nll_loss, or cross_entropy when smoothing is not 0;
/// the mean is weighted.
Var class_loss(Var log_prob, Var target, Var class_weight, const Attrs& a, double smoothing);

/// Samples of a loss of classes, or of its gradient, which takes gy first.
std::vector<Sample> class_loss_samples(bool with_gy);

}  // namespace nnrun
