#include "backends/onednn/average_pool.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_avg_pool2d_grad() { return average_pool<true>("avg_pool2d_grad"); }

}  // namespace nnrun::onednn
