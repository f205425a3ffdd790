#include "backends/onednn/optimizer.h"

namespace nnrun::onednn {
namespace {

struct Adagrad {
  static constexpr OptimizerOp kOp = OptimizerOp::adagrad;
  OptimizerScalars s = {};
  double lr_decay;

  explicit Adagrad(const Attrs& a) : lr_decay(a.number("lr_decay")) {
    s.weight_decay = float(a.number("weight_decay"));
    s.sign = a.flag("maximize") ? -1.f : 1.f;
    s.c[0] = float(a.number("eps"));
  }
  OptimizerScalars at(double lr, int64_t step) const {
    OptimizerScalars now = s;
    now.lr = float(lr / (1 + double(step) * lr_decay));
    return now;
  }
};

}  // namespace

std::vector<KernelDef> kernel_adagrad() { return optimizer_kernels<Adagrad>("adagrad"); }

}  // namespace nnrun::onednn
