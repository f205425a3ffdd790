#include "backends/cuda/update.h"

namespace nnrun::cuda {
namespace {

class Adam : public Update {
 public:
  static Map map(const Desc& d) {
    const bool decoupled = d.attrs().flag("decoupled"), amsgrad = d.attrs().flag("amsgrad");
    std::string s = "const double beta1 = " + number(d, "beta1") +
                    ", beta2 = " + number(d, "beta2") + "; W p = param; ";
    if (decoupled && d.attrs().number("weight_decay") != 0) {
      s += "p = p * W(1.0 - lr * " + number(d, "weight_decay") + "); ";
    }
    s += "new0 = lerp_of(slot0, grad, W(1 - beta1)); new1 = slot1 * W(beta2) + grad * W(1 - beta2) "
         "* grad; W square = new1; ";
    if (amsgrad) s += "square = new2 = larger(slot2, new1); ";
    s += "const W size = W(-(lr / (1.0 - pow(beta1, step + 1.0)))); "
         "const W correction = W(sqrt(1.0 - pow(beta2, step + 1.0))); "
         "new_param = p + new0 * size / (sqrt_of(square) / correction + " +
         narrow(d, "eps") + "); ";
    return update(d, {s, !decoupled});
  }
};

}  // namespace

std::vector<KernelDef> kernel_adam() { return map_op<Adam>("adam"); }

}  // namespace nnrun::cuda
