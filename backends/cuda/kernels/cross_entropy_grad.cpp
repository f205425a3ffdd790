#include "backends/cuda/class_loss.h"

namespace nnrun::cuda {
namespace {

/// Operands gy, logits, target, class weights.
class CrossEntropyGrad : public ClassLoss {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes = {kFloats, same_as(0), NNR_I64, same_as(0)};
    if (d.inputs() == 4) dtypes.insert(dtypes.begin() + 3, optional(same_as(0)));
    Offer o = accept(d, dtypes);
    if (o.why_not.empty()) o.workspace_bytes = 64;
    return o;
  }
  explicit CrossEntropyGrad(const Desc& d) : ClassLoss(d, 1) {
    const Operand gy = d.in(0), x = d.in(1), target = d.in(2), gx = d.out(0);
    if (x.numel() == 0) return;
    if (mean_) {
      Launch& total = launch(d, "target_total", {1, 256});
      total.args.walk = walk_of(target.shape(), {target.strides()});
      total.pointer[0] = {2, 0};
      if (d.in(3)) total.pointer[1] = {3, 0};
      total.pointer[2] = {Launch::kWorkspace, 0};
    }
    const Walk w = walk_of(target.shape(), {rows(x.strides()), target.strides(), rows(gx.strides()),
                                            strides_over(gy, target.shape())});
    Launch& l = launch(d, "cross_entropy_grad", grid_of_lines(w.numel, x.size(1)));
    l.args.walk = w;
    l.args.n[5] = none_ ? 1 : 0;
    l.args.n[6] = gx.stride(1);
    l.pointer[0] = {1, 0};
    l.pointer[1] = {2, 0};
    l.pointer[2] = {d.inputs(), 0};
    l.pointer[3] = {0, 0};
    if (d.in(3)) l.pointer[4] = {3, 0};
    l.pointer[5] = {Launch::kWorkspace, 0};
  }
};

}  // namespace

std::vector<KernelDef> kernel_cross_entropy_grad() {
  return one<CrossEntropyGrad>("cross_entropy_grad");
}

}  // namespace nnrun::cuda
