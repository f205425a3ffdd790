#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

class Randn : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {NNR_I64, kFloats}); }
  explicit Randn(const Desc& d) : MapKernel(d) { add_map(random_map(d, "normal", false)); }
};

}  // namespace

std::vector<KernelDef> kernel_randn() { return one<Randn>("randn"); }

}  // namespace nnrun::cuda
