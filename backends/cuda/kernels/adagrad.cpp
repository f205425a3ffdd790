#include "backends/cuda/update.h"

namespace nnrun::cuda {
namespace {

class Adagrad : public Update {
 public:
  static Map map(const Desc& d) {
    return update(
        d, {"new0 = slot0 + grad * grad; const W rate = W(-(lr / (step * " + number(d, "lr_decay") +
            " + 1.0))); new_param = param + grad * rate / (sqrt_of(new0) + " + narrow(d, "eps") +
            "); "});
  }
};

}  // namespace

std::vector<KernelDef> kernel_adagrad() { return map_op<Adagrad>("adagrad"); }

}  // namespace nnrun::cuda
