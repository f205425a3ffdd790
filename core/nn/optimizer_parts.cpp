#include "core/nn/optimizer_parts.h"

#include <nnrun/error.h>

namespace nnrun {

AttrDecl lr_attr(double dflt) { return attr("lr", dflt, "the learning rate").above(0); }
AttrDecl weight_decay_attr(double dflt) {
  return attr("weight_decay", dflt, "pull of the parameters towards 0").at_least(0);
}
AttrDecl maximize_attr() { return attr("maximize", false, "go up instead of down"); }

Update update_by(Builder& b, const std::string& op, const UpdateCall& c, std::vector<Var> slots,
                 const Attrs& attrs) {
  std::vector<Var> in = {c.param, c.grad};
  in.insert(in.end(), slots.begin(), slots.end());
  in.insert(in.end(), {c.lr, c.step, c.ok});
  std::vector<Var> out = b.call(op, in, attrs);
  Update u;
  u.param = out.at(0);
  u.slots.assign(out.begin() + 1, out.end());
  return u;
}

OptimizerDef adam_like(std::string name, std::string doc, double weight_decay, bool decoupled) {
  OptimizerDef d;
  d.name = name;
  d.doc = std::move(doc);
  d.attrs = {lr_attr(1e-3),
             attr("betas", AttrValue::Numbers{0.9, 0.999},
                  "memory of the averages of gradients and of "
                  "their squares")
                 .range(0, 1),
             attr("eps", 1e-8, "added to the divisor").at_least(0),
             weight_decay_attr(weight_decay),
             attr("amsgrad", false, "divide by the largest average so far"),
             maximize_attr()};
  d.slots = [name](const Attrs& a) {
    for (double beta : a.numbers("betas")) {
      if (beta >= 1) {
        throw Error(Code::model, name + ": betas is " + AttrValue(a.numbers("betas")).str() +
                                     ", expected numbers below 1");
      }
    }
    std::vector<Slot> s = {{"exp_avg"}, {"exp_avg_sq"}};
    if (a.flag("amsgrad")) s.push_back({"max_exp_avg_sq"});
    return s;
  };
  if (!decoupled) {
    d.attrs.push_back(attr("decoupled_weight_decay", false, "weight_decay as AdamW has it"));
  }
  d.update = [decoupled](Builder& b, const UpdateCall& c) {
    const Attrs& a = c.attrs;
    const bool amsgrad = a.flag("amsgrad");
    return update_by(b, "adam", c, {c.slots[0], c.slots[1], amsgrad ? c.slots[2] : Var{}},
                     {{"beta1", a.numbers("betas")[0]},
                      {"beta2", a.numbers("betas")[1]},
                      {"eps", a.number("eps")},
                      {"weight_decay", a.number("weight_decay")},
                      {"amsgrad", amsgrad},
                      {"maximize", a.flag("maximize")},
                      {"decoupled", decoupled || a.flag("decoupled_weight_decay")}});
  };
  return d;
}

}  // namespace nnrun
