#include "backends/cuda/product.h"

namespace nnrun::cuda {
namespace {

Offer accept_linear(const Desc& d) {
  std::vector<uint64_t> dtypes = {kFloats, same_as(0), same_as(0)};
  if (d.inputs() == 3) dtypes.insert(dtypes.begin() + 2, optional(same_as(0)));
  const Offer o = accept(d, dtypes);
  if (!o.why_not.empty()) return o;
  const std::optional<Product> p = linear_product(d);
  return p ? product_offer(o, *p) : no("rows that are not one step apart");
}

class TiledLinear : public TiledKernel {
 public:
  static Offer offer(const Desc& d) { return accept_linear(d); }
  explicit TiledLinear(const Desc& d) : TiledKernel(d) { add_product(*linear_product(d)); }
};

}  // namespace

std::vector<KernelDef> kernel_linear() { return {kernel<TiledLinear>("linear", "tiled")}; }

}  // namespace nnrun::cuda
