#include "backends/cuda/norm.h"

namespace nnrun::cuda {
namespace {

class BatchNorm : public NormKernel {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(size_t(d.inputs() + 3), same_as(0));
    dtypes[0] = kFloats;
    for (size_t i = 1; i < size_t(d.inputs()); ++i) dtypes[i] = optional(same_as(0));
    return accept(d, dtypes);
  }
  explicit BatchNorm(const Desc& d)
      : NormKernel(d, d.in(0).shape(), all_but_channels(d.in(0).rank())) {
    const Operand x = d.in(0), weight = d.in(1), bias = d.in(2), y = d.out(0);
    const Walk channels =
        walk_of(part(shape_, false),
                {part(x.strides(), false), part(y.strides(), false), alone(weight, false),
                 alone(bias, false), d.out(1).strides(), d.out(2).strides()});
    const Walk each = walk_of(part(shape_, true), {part(x.strides(), true), part(y.strides(), true),
                                                   still(true), still(true)});
    if (channels.numel == 0) return;
    Launch& l = launch(d, std::string("norm<") + type_of(x.dtype()) + ", false>", channels, each);
    const int n = d.inputs();
    point(d, l, {0, n, n > 1 ? 1 : -1, n > 2 ? 2 : -1, n + 1, n + 2});
  }
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm() { return one<BatchNorm>("batch_norm"); }

}  // namespace nnrun::cuda
