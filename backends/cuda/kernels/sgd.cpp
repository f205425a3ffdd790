#include "backends/cuda/update.h"

namespace nnrun::cuda {
namespace {

class Sgd : public Update {
 public:
  static Map map(const Desc& d) {
    std::string s = "W g = grad; ";
    if (d.attrs().number("momentum") != 0) {
      // The first gradient starts the buffer, undamped.
      s += "const W momentum = " + narrow(d, "momentum") +
           "; new0 = step == 0 ? g : slot0 * momentum + g * W(1 - " + number(d, "dampening") +
           "); g = ";
      s += d.attrs().flag("nesterov") ? "g + new0 * momentum; " : "new0; ";
    }
    return update(d, {s + "new_param = param + g * W(-lr); "});
  }
};

}  // namespace

std::vector<KernelDef> kernel_sgd() { return map_op<Sgd>("sgd"); }

}  // namespace nnrun::cuda
