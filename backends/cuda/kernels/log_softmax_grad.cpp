#include "backends/cuda/lines.h"

namespace nnrun::cuda {
namespace {

class LogSoftmaxGrad : public LinesKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0), same_as(0)}); }
  explicit LogSoftmaxGrad(const Desc& d) : LinesKernel(d) {
    lines(d, std::string("softmax_grad<") + type_of(d.in(0).dtype()) + ", true>");
  }
};

}  // namespace

std::vector<KernelDef> kernel_log_softmax_grad() { return one<LogSoftmaxGrad>("log_softmax_grad"); }

}  // namespace nnrun::cuda
