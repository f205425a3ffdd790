#include "backends/onednn/softmax.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_log_softmax_grad() {
  return {kernel<Lines<2, MapLines<&RowLoops::log_softmax_grad>>>("log_softmax_grad", "simd")};
}

}  // namespace nnrun::onednn
