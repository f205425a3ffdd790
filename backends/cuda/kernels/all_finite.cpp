#include <map>

#include "backends/cuda/kernels.h"

namespace nnrun::cuda {
namespace {

/// y is the first operand, and 0 when one of the others has a number that is not finite.
class AllFinite : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(size_t(d.inputs()) + 1, kFloats);
    dtypes.front() = dtypes.back() = NNR_U8;
    Offer o = accept(d, dtypes);
    if (o.why_not.empty()) o.inplace.push_back({0, 0});
    return o;
  }
  explicit AllFinite(const Desc& d) : MapKernel(d) {
    Map begin;
    begin.in = {operand_over(d, 0, {})};
    begin.out = {operand_over(d, d.inputs(), {})};
    begin.body = "y0 = x0 != 0;";
    add_map(begin);
    std::map<DType, std::vector<Map>> streams;
    for (int i = 1; i < d.inputs(); ++i) {
      Map m;
      m.shape = d.in(i).shape();
      m.in = {operand_over(d, i, m.shape), address_of(d, d.inputs(), m.shape)};
      m.body = "if (!finite(x0)) *(u8*)p1 = 0;";  // all that write, write the same
      if (is_stream(m)) {
        streams[d.in(i).dtype()].push_back(std::move(m));
      } else {
        add_map(m);
      }
    }
    for (const auto& [dtype, maps] : streams) add_streams(maps);
  }
};

}  // namespace

std::vector<KernelDef> kernel_all_finite() { return one<AllFinite>("all_finite"); }

}  // namespace nnrun::cuda
