#include "core/nn/optimizer_parts.h"

namespace nnrun {

OptimizerDef optimizer_adagrad() {
  OptimizerDef d;
  d.name = "Adagrad";
  d.doc = "steps divided by the root of the sum of the gradient's squares";
  d.attrs = {lr_attr(1e-2),
             attr("lr_decay", 0.0, "the rate is divided by 1 + steps * lr_decay").at_least(0),
             weight_decay_attr(0),
             attr("initial_accumulator_value", 0.0, "where the sum starts").at_least(0),
             attr("eps", 1e-10, "added to the divisor").at_least(0),
             maximize_attr()};
  d.slots = [](const Attrs& a) -> std::vector<Slot> {
    return {{"sum", a.number("initial_accumulator_value")}};
  };
  d.update = [](Builder& b, const UpdateCall& c) {
    const Attrs& a = c.attrs;
    return update_by(b, "adagrad", c, c.slots,
                     {{"lr_decay", a.number("lr_decay")},
                      {"weight_decay", a.number("weight_decay")},
                      {"eps", a.number("eps")},
                      {"maximize", a.flag("maximize")}});
  };
  return d;
}

}  // namespace nnrun
