#include "backends/onednn/average_pool.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_avg_pool2d() { return average_pool<false>("avg_pool2d"); }

}  // namespace nnrun::onednn
