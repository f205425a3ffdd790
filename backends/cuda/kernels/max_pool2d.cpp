#include "backends/cuda/pool.h"

namespace nnrun::cuda {
namespace {

class MaxPool2d : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0), NNR_I32}); }
  explicit MaxPool2d(const Desc& d) : MapKernel(d) {
    Map m = window_map(d, d.in(0), d.out(0), 0, 1);
    m.out.push_back(operand_over(d, 2, m.shape));
    m.body =
        std::string("typedef ") + wide_type_of(d.in(0).dtype()) +
        " W; const i64 at = largest(a, p0 + o0, i); y1 = int(at); y0 = at < 0 ? "
        "Limits<W>::lowest() : W(widen(p0[o0 + at / a.n[3] * a.n[4] + at % a.n[3] * a.n[5]]));";
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d() { return one<MaxPool2d>("max_pool2d"); }

}  // namespace nnrun::cuda
