#include "backends/onednn/softmax.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_log_softmax() {
  return {kernel<Lines<1, MapLine<&RowLoops::log_softmax>>>("log_softmax", "simd")};
}

}  // namespace nnrun::onednn
