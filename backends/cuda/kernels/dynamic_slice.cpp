#include "backends/cuda/map.h"

namespace nnrun::cuda {
namespace {

/// Rows of x from where the operand `start` says, kept inside.
class DynamicSlice : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, NNR_I64, same_as(0)}); }
  explicit DynamicSlice(const Desc& d) : MapKernel(d) {
    Map m;
    m.shape = d.out(0).shape();
    m.in = {operand_over(d, 0, m.shape), address_of(d, 1, m.shape)};
    m.in[0].strides = d.in(0).strides();
    m.in[0].raw = true;
    m.out = {operand_over(d, 2, m.shape)};
    m.n = {d.in(0).size(0) - d.out(0).size(0), d.in(0).stride(0)};
    m.body =
        "const i64 start = p1[0] < 0 ? 0 : p1[0] > a.n[0] ? a.n[0] : p1[0]; "
        "y0 = widen(p0[o0 + start * a.n[1]]);";
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_dynamic_slice() { return one<DynamicSlice>("dynamic_slice"); }

}  // namespace nnrun::cuda
