#include "backends/cuda/norm.h"

namespace nnrun::cuda {
namespace {

/// Operands gy, x, weight, mean, rstd; results gx, gweight, gbias.
class LayerNormGrad : public NormKernel {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(8, same_as(0));
    dtypes[0] = kFloats;
    dtypes[2] = optional(same_as(0));
    return accept(d, dtypes);
  }
  explicit LayerNormGrad(const Desc& d)
      : NormKernel(d, d.in(1).shape(),
                   last_dims(d.in(1).rank(), d.attrs().integer("normalized_dims"))) {
    const Operand gy = d.in(0), x = d.in(1), gx = d.out(0), mean = d.in(3), rstd = d.in(4);
    const std::string type = type_of(x.dtype());
    const Walk groups = walk_of(
        part(shape_, false), {part(gy.strides(), false), part(x.strides(), false),
                              part(gx.strides(), false), still(false), part(mean.strides(), false),
                              part(rstd.strides(), false), still(false), still(false)});
    const Walk each =
        walk_of(part(shape_, true), {part(gy.strides(), true), part(x.strides(), true),
                                     part(gx.strides(), true), alone(d.in(2), true)});
    if (groups.numel > 0) {
      Launch& l = launch(d, "norm_grad<" + type + ", true>", groups, each);
      point(d, l, {0, 1, 5, 2, 3, 4});
    }
    const Walk weights =
        walk_of(part(shape_, true), {part(gy.strides(), true), part(x.strides(), true), still(true),
                                     still(true), d.out(1).strides(), d.out(2).strides()});
    const Walk over =
        walk_of(part(shape_, false), {part(gy.strides(), false), part(x.strides(), false),
                                      part(mean.strides(), false), part(rstd.strides(), false)});
    if (weights.numel == 0) return;
    Launch& l = launch(d, "norm_grad_weights<" + type + ">", weights, over);
    point(d, l, {0, 1, 3, 4, 6, 7});
  }
};

}  // namespace

std::vector<KernelDef> kernel_layer_norm_grad() { return one<LayerNormGrad>("layer_norm_grad"); }

}  // namespace nnrun::cuda
