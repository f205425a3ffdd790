#include "backends/cuda/lines.h"

namespace nnrun::cuda {
namespace {

class Sort : public LinesKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kNumbers, same_as(0), NNR_I64}); }
  explicit Sort(const Desc& d) : LinesKernel(d) {
    lines(d, std::string("sort<") + type_of(d.in(0).dtype()) + ">");
  }
};

}  // namespace

std::vector<KernelDef> kernel_sort() { return one<Sort>("sort"); }

}  // namespace nnrun::cuda
