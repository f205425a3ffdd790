#include "backends/cuda/blas.h"

namespace nnrun::cuda {
namespace {

class BlasMatmul : public BlasKernel {
 public:
  static Offer offer(const Desc& d) {
    const Offer o = accept(d, {kFloats, same_as(0), same_as(0)});
    return o.why_not.empty() ? blas_offer(o, matmul_product(d)) : o;
  }
  explicit BlasMatmul(const Desc& d) : BlasKernel(d, matmul_product(d)) {}
};

class TiledMatmul : public TiledKernel {
 public:
  static Offer offer(const Desc& d) {
    const Offer o = accept(d, {kNumbers, same_as(0), same_as(0)});
    return o.why_not.empty() ? product_offer(o, matmul_product(d)) : o;
  }
  explicit TiledMatmul(const Desc& d) : TiledKernel(d) { add_product(matmul_product(d)); }
};

}  // namespace

std::vector<KernelDef> kernel_matmul() {
  return {kernel<BlasMatmul>("matmul", "cublaslt"), kernel<TiledMatmul>("matmul", "tiled")};
}

}  // namespace nnrun::cuda
