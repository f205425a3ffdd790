#include "core/ops/rules.h"
#include "core/ops/updates.h"

namespace nnrun {
namespace {

const std::vector<UpdateSlot> kSgdSlots = {
    {"momentum_buffer", -2, 2, [](const Attrs& a) { return a.number("momentum") != 0; }}};

std::vector<Var> rule_sgd(const UpdateArgs& u) {
  const double momentum = u.attrs.number("momentum");
  Var g = u.grad, buffer = u.slots[0];
  if (buffer) {
    // The first gradient starts the buffer, undamped.
    buffer = where(eq(u.step, 0.0), g, buffer * momentum + g * (1 - u.attrs.number("dampening")));
    g = u.attrs.flag("nesterov") ? g + buffer * momentum : buffer;
  }
  return {u.param + g * u.narrow(neg(u.lr)), buffer};
}

}  // namespace

OpDef op_sgd() {
  OpDef d = update_op("sgd", "one step of stochastic gradient descent (torch.optim.SGD)", kSgdSlots,
                      {attr("momentum", 0.0, "share of the last step kept").at_least(0),
                       attr("dampening", 0.0, "share of the gradient kept out of the buffer"),
                       attr("nesterov", false, "look ahead along the buffer")},
                      rule_sgd);
  d.infer = [infer = d.infer](const OpCall& c) {
    const double momentum = c.attrs.number("momentum"), dampening = c.attrs.number("dampening");
    if (c.attrs.flag("nesterov") && (momentum <= 0 || dampening != 0)) {
      op_error("sgd", "nesterov needs a momentum above 0 and no dampening, got momentum " +
                          c.attrs.get("momentum", AttrKind::number).str() + " and dampening " +
                          c.attrs.get("dampening", AttrKind::number).str());
    }
    return infer(c);
  };
  d.samples = update_samples(d, kSgdSlots,
                             {{{"momentum", 0.9}},
                              {{"weight_decay", 0.1}, {"maximize", true}},
                              {{"momentum", 0.9}, {"dampening", 0.3}, {"weight_decay", 0.1}},
                              {{"momentum", 0.5}, {"nesterov", true}}});
  return d;
}

}  // namespace nnrun
