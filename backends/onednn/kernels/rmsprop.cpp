#include "backends/onednn/optimizer.h"

namespace nnrun::onednn {
namespace {

struct RmsProp {
  static constexpr OptimizerOp kOp = OptimizerOp::rmsprop;
  OptimizerScalars s = {};

  explicit RmsProp(const Attrs& a) {
    s.weight_decay = float(a.number("weight_decay"));
    s.sign = a.flag("maximize") ? -1.f : 1.f;
    s.c[0] = float(a.number("alpha"));
    s.c[1] = float(1 - a.number("alpha"));
    s.c[2] = float(a.number("eps"));
    s.c[3] = float(a.number("momentum"));
    s.flag[0] = a.number("momentum") != 0;
    s.flag[1] = a.flag("centered");
  }
  OptimizerScalars at(double lr, int64_t) const {
    OptimizerScalars now = s;
    now.lr = float(lr);
    return now;
  }
};

}  // namespace

std::vector<KernelDef> kernel_rmsprop() { return optimizer_kernels<RmsProp>("rmsprop"); }

}  // namespace nnrun::onednn
