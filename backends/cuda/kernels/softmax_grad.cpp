#include "backends/cuda/lines.h"

namespace nnrun::cuda {
namespace {

class SoftmaxGrad : public LinesKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0), same_as(0)}); }
  explicit SoftmaxGrad(const Desc& d) : LinesKernel(d) {
    lines(d, std::string("softmax_grad<") + type_of(d.in(0).dtype()) + ", false>");
  }
};

}  // namespace

std::vector<KernelDef> kernel_softmax_grad() { return one<SoftmaxGrad>("softmax_grad"); }

}  // namespace nnrun::cuda
