#include "backends/onednn/softmax.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_softmax_grad() {
  return {kernel<Lines<2, MapLines<&RowLoops::softmax_grad>>>("softmax_grad", "simd")};
}

}  // namespace nnrun::onednn
