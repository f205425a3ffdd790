#include "backends/onednn/optimizer.h"

namespace nnrun::onednn {
namespace {

struct Adam {
  static constexpr OptimizerOp kOp = OptimizerOp::adam;
  OptimizerScalars s = {};
  double beta1, beta2, weight_decay;

  explicit Adam(const Attrs& a)
      : beta1(a.number("beta1")), beta2(a.number("beta2")), weight_decay(a.number("weight_decay")) {
    s.weight_decay = float(weight_decay);
    s.sign = a.flag("maximize") ? -1.f : 1.f;
    s.c[0] = float(1 - beta1);
    s.c[1] = float(beta2);
    s.c[2] = float(1 - beta2);
    s.c[3] = float(a.number("eps"));
    s.flag[0] = a.flag("amsgrad");
    s.flag[1] = a.flag("decoupled");
  }
  OptimizerScalars at(double lr, int64_t step) const {
    OptimizerScalars now = s;
    // The next parameter asks the same; for a small one, pow would take longer than its update.
    struct Corrections {
      double beta1, beta2, first, second;
      int64_t step;
    };
    thread_local Corrections c = {0, 0, 0, 0, -1};
    if (c.step != step || c.beta1 != beta1 || c.beta2 != beta2) {
      const double t = double(step) + 1;
      c = {beta1, beta2, 1 - std::pow(beta1, t), 1 / std::sqrt(1 - std::pow(beta2, t)), step};
    }
    now.lr = float(lr / c.first);
    now.c[4] = float(c.second);
    if (s.flag[1]) now.weight_decay = float(1 - lr * weight_decay);
    return now;
  }
};

}  // namespace

std::vector<KernelDef> kernel_adam() { return optimizer_kernels<Adam>("adam"); }

}  // namespace nnrun::onednn
