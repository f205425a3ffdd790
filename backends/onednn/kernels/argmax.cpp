#include "backends/onednn/arg_extreme.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_argmax() { return {kernel<ArgExtreme<true>>("argmax", "simd")}; }

}  // namespace nnrun::onednn
