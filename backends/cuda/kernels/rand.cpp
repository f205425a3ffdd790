#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

class Rand : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {NNR_I64, kFloats}); }
  explicit Rand(const Desc& d) : MapKernel(d) { add_map(random_map(d, "uniform", true)); }
};

}  // namespace

std::vector<KernelDef> kernel_rand() { return one<Rand>("rand"); }

}  // namespace nnrun::cuda
