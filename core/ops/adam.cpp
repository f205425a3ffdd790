#include "core/ops/rules.h"
#include "core/ops/updates.h"

namespace nnrun {
namespace {

const std::vector<UpdateSlot> kAdamSlots = {
    {"exp_avg"}, {"exp_avg_sq", 0, 2}, {"max_exp_avg_sq", 0, 2, [](const Attrs& a) {
                                          return a.flag("amsgrad");
                                        }}};

std::vector<Var> rule_adam(const UpdateArgs& u) {
  const double beta1 = u.attrs.number("beta1"), beta2 = u.attrs.number("beta2");
  const double decay = u.attrs.number("weight_decay");
  Var param = u.param;
  if (u.attrs.flag("decoupled") && decay != 0) param = param * u.narrow(1.0 - u.lr * decay);
  const Var m = lerp(u.slots[0], u.grad, 1 - beta1);
  const Var v = u.slots[1] * beta2 + u.grad * (1 - beta2) * u.grad;
  const Var largest = u.slots[2] ? maximum(u.slots[2], v) : Var{};

  const Var t = cast(u.step, DType::float64) + 1.0;
  const Var step_size = u.lr / (1.0 - pow(beta1, t));
  const Var correction = sqrt(1.0 - pow(beta2, t));
  const Var denominator =
      sqrt(largest ? largest : v) / u.narrow(correction) + u.attrs.number("eps");
  return {param + m * u.narrow(neg(step_size)) / denominator, m, v, largest};
}

}  // namespace

OpDef op_adam() {
  OpDef d = update_op("adam", "one step of Adam (torch.optim.Adam), or of AdamW when decoupled",
                      kAdamSlots,
                      {attr("beta1", 0.9, "decay of the mean of gradients").range(0, 1),
                       attr("beta2", 0.999, "decay of the mean of their squares").range(0, 1),
                       attr("eps", 1e-8, "added to the denominator").at_least(0),
                       attr("amsgrad", false, "divide by the largest mean of squares so far"),
                       attr("decoupled", false, "weight_decay shrinks the parameter itself")},
                      rule_adam, [](const Attrs& a) { return !a.flag("decoupled"); });
  d.samples = update_samples(d, kAdamSlots,
                             {{{"weight_decay", 0.1}},
                              {{"amsgrad", true}, {"maximize", true}},
                              {{"decoupled", true}, {"weight_decay", 0.1}, {"beta1", 0.4}}});
  return d;
}

}  // namespace nnrun
