#include "core/ops/rules.h"
#include "core/ops/updates.h"

namespace nnrun {
namespace {

const std::vector<UpdateSlot> kAdagradSlots = {{"sum", 0, 2}};

std::vector<Var> rule_adagrad(const UpdateArgs& u) {
  const Var total = u.slots[0] + u.grad * u.grad;
  const Var rate = u.lr / (cast(u.step, DType::float64) * u.attrs.number("lr_decay") + 1.0);
  const Var denominator = sqrt(total) + u.attrs.number("eps");
  return {u.param + u.grad * u.narrow(neg(rate)) / denominator, total};
}

}  // namespace

OpDef op_adagrad() {
  OpDef d = update_op("adagrad", "one step of Adagrad (torch.optim.Adagrad)", kAdagradSlots,
                      {attr("lr_decay", 0.0, "of lr with the steps").at_least(0),
                       attr("eps", 1e-10, "added to the denominator").at_least(0)},
                      rule_adagrad);
  d.samples = update_samples(d, kAdagradSlots,
                             {{{"lr_decay", 0.1}}, {{"weight_decay", 0.1}, {"maximize", true}}});
  return d;
}

}  // namespace nnrun
