#include "backends/cuda/kernels.h"

namespace nnrun::cuda {
namespace {

struct Where {
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {NNR_B8, kAllDTypes, same_as(1), same_as(1)}), d);
  }
  static Map map(const Desc& d) {
    Map m;
    m.shape = d.out(0).shape();
    for (int i = 0; i < 3; ++i) m.in.push_back(operand_over(d, i, m.shape));
    m.out = {operand_over(d, 3, m.shape)};
    m.body = "y0 = x0 ? x1 : x2;";
    return m;
  }
};

}  // namespace

std::vector<KernelDef> kernel_where() { return map_op<Where>("where"); }

}  // namespace nnrun::cuda
