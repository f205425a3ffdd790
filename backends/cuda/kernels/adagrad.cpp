#include "backends/cuda/update.h"

namespace nnrun::cuda {
namespace {

class Adagrad : public UpdateKernel {
 public:
  explicit Adagrad(const Desc& d) : UpdateKernel(d) {
    update(d,
           {"new0 = slot0 + grad * grad; const W rate = W(-(lr / (step * " + number(d, "lr_decay") +
            " + 1.0))); new_param = param + grad * rate / (sqrt_of(new0) + " + narrow(d, "eps") +
            "); "});
  }
};

}  // namespace

std::vector<KernelDef> kernel_adagrad() { return one<Adagrad>("adagrad"); }

}  // namespace nnrun::cuda
