#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

struct Randn {
  static Offer offer(const Desc& d) { return accept(d, {NNR_I64, kFloats}); }
  static Map map(const Desc& d) { return random_map(d, "normal", false); }
};

}  // namespace

std::vector<KernelDef> kernel_randn() { return map_op<Randn>("randn"); }

}  // namespace nnrun::cuda
