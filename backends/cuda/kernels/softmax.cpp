#include "backends/cuda/lines.h"

namespace nnrun::cuda {
namespace {

class Softmax : public LinesKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0)}); }
  explicit Softmax(const Desc& d) : LinesKernel(d) {
    lines(d, std::string("softmax<") + type_of(d.in(0).dtype()) + ", false>");
  }
};

}  // namespace

std::vector<KernelDef> kernel_softmax() { return one<Softmax>("softmax"); }

}  // namespace nnrun::cuda
