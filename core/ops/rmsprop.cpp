#include "core/ops/rules.h"
#include "core/ops/updates.h"

namespace nnrun {
namespace {

const std::vector<UpdateSlot> kRmspropSlots = {
    {"square_avg", 1, 2},
    {"momentum_buffer", -2, 2, [](const Attrs& a) { return a.number("momentum") != 0; }},
    {"grad_avg", -0.5, 0.5, [](const Attrs& a) { return a.flag("centered"); }}};

std::vector<Var> rule_rmsprop(const UpdateArgs& u) {
  const double alpha = u.attrs.number("alpha"), momentum = u.attrs.number("momentum");
  const Var square = u.slots[0] * alpha + u.grad * (1 - alpha) * u.grad;
  const Var average = u.slots[2] ? lerp(u.slots[2], u.grad, 1 - alpha) : Var{};
  const Var variance = average ? square - average * average : square;
  const Var denominator = sqrt(variance) + u.attrs.number("eps");
  const Var minus_lr = u.narrow(neg(u.lr));
  if (!u.slots[1]) {
    return {u.param + u.grad * minus_lr / denominator, square, Var{}, average};
  }
  const Var buffer = u.slots[1] * momentum + u.grad / denominator;
  return {u.param + buffer * minus_lr, square, buffer, average};
}

}  // namespace

OpDef op_rmsprop() {
  OpDef d = update_op("rmsprop", "one step of RMSprop (torch.optim.RMSprop)", kRmspropSlots,
                      {attr("alpha", 0.99, "decay of the mean of squares").range(0, 1),
                       attr("eps", 1e-8, "added to the denominator").at_least(0),
                       attr("momentum", 0.0, "share of the last step kept").at_least(0),
                       attr("centered", false, "divide by the deviation, not the mean square")},
                      rule_rmsprop);
  d.samples = update_samples(d, kRmspropSlots,
                             {{{"weight_decay", 0.1}},
                              {{"momentum", 0.9}, {"maximize", true}},
                              {{"centered", true}},
                              {{"centered", true}, {"momentum", 0.5}}});
  return d;
}

}  // namespace nnrun
