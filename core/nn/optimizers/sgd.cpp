#include <nnrun/error.h>

#include "core/nn/optimizer_parts.h"

namespace nnrun {

OptimizerDef optimizer_sgd() {
  OptimizerDef d;
  d.name = "SGD";
  d.doc = "gradient descent, with momentum when asked for";
  d.attrs = {lr_attr(1e-3),
             attr("momentum", 0.0, "memory of the step's direction").at_least(0),
             attr("dampening", 0.0, "share of the gradient kept out of the memory"),
             weight_decay_attr(0),
             attr("nesterov", false, "look ahead along the momentum"),
             maximize_attr()};
  d.slots = [](const Attrs& a) -> std::vector<Slot> {
    const bool momentum = a.number("momentum") != 0;
    if (a.flag("nesterov") && (!momentum || a.number("dampening") != 0)) {
      throw Error(Code::model, "SGD: nesterov needs a momentum and dampening: 0");
    }
    if (!momentum) return {};
    return {{"momentum_buffer"}};
  };
  d.update = [](Builder& b, const UpdateCall& c) {
    const Attrs& a = c.attrs;
    return update_by(b, "sgd", c, {c.slots.empty() ? Var{} : c.slots[0]},
                     {{"momentum", a.number("momentum")},
                      {"dampening", a.number("dampening")},
                      {"weight_decay", a.number("weight_decay")},
                      {"nesterov", a.flag("nesterov")},
                      {"maximize", a.flag("maximize")}});
  };
  return d;
}

}  // namespace nnrun
