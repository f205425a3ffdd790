#include "backends/cuda/kernels.h"

namespace nnrun::cuda {
namespace {

struct Cast {
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kAllDTypes, kAllDTypes}), d);
  }
  static Map map(const Desc& d) {
    Map m;
    m.shape = d.out(0).shape();
    m.in = {operand_over(d, 0, m.shape)};
    m.out = {operand_over(d, 1, m.shape)};
    // From what was loaded to what is stored, in one step: there is no wide value between them.
    m.body = std::string("result0 = convert<") + type_of(d.out(0).dtype()) + ">(x0);";
    m.stores = true;
    return m;
  }
};

}  // namespace

std::vector<KernelDef> kernel_cast() { return map_op<Cast>("cast"); }

}  // namespace nnrun::cuda
