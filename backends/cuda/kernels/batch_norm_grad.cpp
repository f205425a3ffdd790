#include "backends/cuda/norm.h"

namespace nnrun::cuda {
namespace {

/// Operands gy, x, weight, mean, var; results gx, gweight, gbias.
class BatchNormGrad : public NormKernel {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(8, same_as(0));
    dtypes[0] = kFloats;
    dtypes[2] = optional(same_as(0));
    return accept(d, dtypes);
  }
  explicit BatchNormGrad(const Desc& d)
      : NormKernel(d, d.in(1).shape(), all_but_channels(d.in(1).rank())) {
    const Operand gy = d.in(0), x = d.in(1), gx = d.out(0);
    const Walk channels = walk_of(
        part(shape_, false), {part(gy.strides(), false), part(x.strides(), false),
                              part(gx.strides(), false), alone(d.in(2), false), d.in(3).strides(),
                              d.in(4).strides(), d.out(1).strides(), d.out(2).strides()});
    const Walk each = walk_of(
        part(shape_, true),
        {part(gy.strides(), true), part(x.strides(), true), part(gx.strides(), true), still(true)});
    if (channels.numel == 0) return;
    Launch& l =
        launch(d, std::string("norm_grad<") + type_of(x.dtype()) + ", false>", channels, each);
    point(d, l, {0, 1, 5, 2, 3, 4, 6, 7});
  }
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_grad() { return one<BatchNormGrad>("batch_norm_grad"); }

}  // namespace nnrun::cuda
