#include "backends/cuda/lines.h"

namespace nnrun::cuda {
namespace {

class LogSoftmax : public LinesKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0)}); }
  explicit LogSoftmax(const Desc& d) : LinesKernel(d) {
    lines(d, std::string("softmax<") + type_of(d.in(0).dtype()) + ", true>");
  }
};

}  // namespace

std::vector<KernelDef> kernel_log_softmax() { return one<LogSoftmax>("log_softmax"); }

}  // namespace nnrun::cuda
