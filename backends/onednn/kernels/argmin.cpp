#include "backends/onednn/arg_extreme.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_argmin() { return {kernel<ArgExtreme<false>>("argmin", "simd")}; }

}  // namespace nnrun::onednn
