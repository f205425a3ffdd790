// What optimizers share.
#pragma once

#include "core/nn/optimizer.h"

namespace nnrun {

AttrDecl lr_attr(double dflt);
AttrDecl weight_decay_attr(double dflt);
AttrDecl maximize_attr();

/// The update by the op of that name: operands param, grad, slots (null: the op does without), lr,
/// step, ok; results param and the slots there are. `attrs` are those of the op.
Update update_by(Builder& b, const std::string& op, const UpdateCall& c, std::vector<Var> slots,
                 const Attrs& attrs);

/// Adam and AdamW, which differ in what weight_decay does; an attribute decoupled_weight_decay
/// turns the one into the other.
OptimizerDef adam_like(std::string name, std::string doc, double weight_decay, bool decoupled);

}  // namespace nnrun
