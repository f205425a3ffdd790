#include "backends/cuda/norm.h"

namespace nnrun::cuda {
namespace {

class LayerNorm : public NormKernel {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(size_t(d.inputs() + 3), same_as(0));
    dtypes[0] = kFloats;
    for (size_t i = 1; i < size_t(d.inputs()); ++i) dtypes[i] = optional(same_as(0));
    return accept(d, dtypes);
  }
  explicit LayerNorm(const Desc& d)
      : NormKernel(d, d.in(0).shape(),
                   last_dims(d.in(0).rank(), d.attrs().integer("normalized_dims"))) {
    const Operand x = d.in(0), weight = d.in(1), bias = d.in(2), y = d.out(0);
    const Walk groups =
        walk_of(part(shape_, false),
                {part(x.strides(), false), part(y.strides(), false), still(false), still(false),
                 part(d.out(1).strides(), false), part(d.out(2).strides(), false)});
    const Walk each = walk_of(part(shape_, true), {part(x.strides(), true), part(y.strides(), true),
                                                   alone(weight, true), alone(bias, true)});
    if (groups.numel == 0) return;
    Launch& l = launch(d, std::string("norm<") + type_of(x.dtype()) + ", true>", groups, each);
    const int n = d.inputs();
    point(d, l, {0, n, n > 1 ? 1 : -1, n > 2 ? 2 : -1, n + 1, n + 2});
  }
};

}  // namespace

std::vector<KernelDef> kernel_layer_norm() { return one<LayerNorm>("layer_norm"); }

}  // namespace nnrun::cuda
