#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_neg() { return elementwise<1, kNumbers, "negated(x0)">("neg"); }

}  // namespace nnrun::cuda
