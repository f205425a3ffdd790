#include "backends/cuda/update.h"

namespace nnrun::cuda {
namespace {

class Rmsprop : public Update {
 public:
  static Map map(const Desc& d) {
    const bool momentum = d.attrs().number("momentum") != 0, centered = d.attrs().flag("centered");
    const std::string k = momentum ? "2" : "1";  // the average's place among the present slots
    std::string s = "const double alpha = " + number(d, "alpha") +
                    "; new0 = slot0 * W(alpha) + grad * W(1 - alpha) * grad; W variance = new0; ";
    if (centered) {
      s += "new" + k + " = lerp_of(slot" + k + ", grad, W(1 - alpha)); variance = variance - new" +
           k + " * new" + k + "; ";
    }
    s += "const W denominator = sqrt_of(variance) + " + narrow(d, "eps") + "; ";
    s += momentum ? "new1 = slot1 * " + narrow(d, "momentum") +
                        " + grad / denominator; new_param = param + new1 * W(-lr); "
                  : "new_param = param + grad * W(-lr) / denominator; ";
    return update(d, {s});
  }
};

}  // namespace

std::vector<KernelDef> kernel_rmsprop() { return map_op<Rmsprop>("rmsprop"); }

}  // namespace nnrun::cuda
