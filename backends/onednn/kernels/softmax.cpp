#include "backends/onednn/softmax.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_softmax() {
  return {kernel<Lines<1, MapLine<&RowLoops::softmax>>>("softmax", "simd")};
}

}  // namespace nnrun::onednn
