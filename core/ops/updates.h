// What the optimizers' updates share. Operands are param, grad, the state slots (absent ones as the
// attributes say), lr (float64 scalar), step (int64 scalar: updates before this one) and ok (uint8
// scalar: 0 leaves everything as it was). Results are the new param and the new present slots.
//
// Formulas and their order are those of torch.optim's single-tensor forms.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// An operand between grad and lr.
struct UpdateSlot {
  std::string name;
  double lo = -2, hi = 2;  // of samples
  bool (*present)(const Attrs&) = [](const Attrs&) { return true; };
};

/// The operands of one update, widened.
struct UpdateArgs {
  const Attrs& attrs;
  Var param, grad;         // grad: negated by `maximize`, with `weight_decay` added when coupled
  std::vector<Var> slots;  // null: absent
  Var lr;                  // float64
  Var step;                // int64

  /// A float64 scalar in the dtype of the computation.
  Var narrow(Var v) const { return cast(v, param.dtype()); }
};

/// The new values of param and the slots, in the order of UpdateArgs.
using UpdateRule = std::vector<Var> (*)(const UpdateArgs&);

/// The definition of an update, but for samples. Attributes weight_decay and maximize are added to
/// the caller's. `coupled`: whether weight_decay is part of the gradient.
OpDef update_op(
    std::string name, std::string doc, std::vector<UpdateSlot> slots, std::vector<AttrDecl> attrs,
    UpdateRule rule, bool (*coupled)(const Attrs&) = [](const Attrs&) { return true; });

/// Samples of each of these attributes, at step 0 and later, and with ok = 0.
std::vector<Sample> update_samples(const OpDef& op, const std::vector<UpdateSlot>& slots,
                                   const std::vector<Attrs>& attrs);

/// a + w (b - a), from the nearer end.
Var lerp(Var a, Var b, double w);

}  // namespace nnrun
