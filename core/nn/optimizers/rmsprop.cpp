#include "core/nn/optimizer_parts.h"

namespace nnrun {

OptimizerDef optimizer_rmsprop() {
  OptimizerDef d;
  d.name = "RMSprop";
  d.doc = "steps divided by the root of the running average of the gradient's square";
  d.attrs = {lr_attr(1e-2),
             attr("alpha", 0.99, "memory of the average").range(0, 1),
             attr("eps", 1e-8, "added to the divisor").at_least(0),
             weight_decay_attr(0),
             attr("momentum", 0.0, "memory of the step's direction").at_least(0),
             attr("centered", false, "divide by the standard deviation instead"),
             maximize_attr()};
  d.slots = [](const Attrs& a) {
    std::vector<Slot> s = {{"square_avg"}};
    if (a.number("momentum") != 0) s.push_back({"momentum_buffer"});
    if (a.flag("centered")) s.push_back({"grad_avg"});
    return s;
  };
  d.update = [](Builder& b, const UpdateCall& c) {
    const Attrs& a = c.attrs;
    const bool momentum = a.number("momentum") != 0;
    return update_by(
        b, "rmsprop", c,
        {c.slots[0], momentum ? c.slots[1] : Var{}, a.flag("centered") ? c.slots.back() : Var{}},
        {{"alpha", a.number("alpha")},
         {"eps", a.number("eps")},
         {"weight_decay", a.number("weight_decay")},
         {"momentum", a.number("momentum")},
         {"centered", a.flag("centered")},
         {"maximize", a.flag("maximize")}});
  };
  return d;
}

}  // namespace nnrun
