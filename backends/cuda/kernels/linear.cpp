#include "backends/cuda/blas.h"

namespace nnrun::cuda {
namespace {

template <class Priced> Offer accept_linear(const Desc& d, Priced&& priced) {
  std::vector<uint64_t> dtypes = {kFloats, same_as(0), same_as(0)};
  if (d.inputs() == 3) dtypes.insert(dtypes.begin() + 2, optional(same_as(0)));
  const Offer o = accept(d, dtypes);
  if (!o.why_not.empty()) return o;
  const std::optional<Product> p = linear_product(d);
  return p ? priced(o, *p) : no("rows that are not one step apart");
}

class BlasLinear : public BlasKernel {
 public:
  static Offer offer(const Desc& d) { return accept_linear(d, blas_offer); }
  explicit BlasLinear(const Desc& d) : BlasKernel(d, *linear_product(d)) {}
};

class TiledLinear : public TiledKernel {
 public:
  static Offer offer(const Desc& d) { return accept_linear(d, product_offer); }
  explicit TiledLinear(const Desc& d) : TiledKernel(d) { add_product(*linear_product(d)); }
};

}  // namespace

std::vector<KernelDef> kernel_linear() {
  return {kernel<BlasLinear>("linear", "cublaslt"), kernel<TiledLinear>("linear", "tiled")};
}

}  // namespace nnrun::cuda
