#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

struct Rand {
  static Offer offer(const Desc& d) { return accept(d, {NNR_I64, kFloats}); }
  static Map map(const Desc& d) { return random_map(d, "uniform", true); }
};

}  // namespace

std::vector<KernelDef> kernel_rand() { return map_op<Rand>("rand"); }

}  // namespace nnrun::cuda
