#include "backends/onednn/optimizer.h"

namespace nnrun::onednn {
namespace {

struct Sgd {
  static constexpr OptimizerOp kOp = OptimizerOp::sgd;
  OptimizerScalars s = {};

  explicit Sgd(const Attrs& a) {
    s.weight_decay = float(a.number("weight_decay"));
    s.sign = a.flag("maximize") ? -1.f : 1.f;
    s.c[0] = float(a.number("momentum"));
    s.c[1] = float(1 - a.number("dampening"));
    s.flag[1] = a.flag("nesterov");
    s.flag[2] = a.number("momentum") != 0;
  }
  OptimizerScalars at(double lr, int64_t step) const {
    OptimizerScalars now = s;
    now.lr = float(lr);
    now.flag[0] = step == 0;
    return now;
  }
  static float factor(const OptimizerScalars& s) {
    const bool plain = !s.flag[2] && s.weight_decay == 0;
    return plain ? -s.lr * s.sign : 0;
  }
};

}  // namespace

std::vector<KernelDef> kernel_sgd() { return optimizer_kernels<Sgd>("sgd"); }

}  // namespace nnrun::onednn
