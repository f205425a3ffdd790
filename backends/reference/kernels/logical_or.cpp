#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_logical_or() {
  return elementwise<2, kBool>("logical_or", [](bool x, bool y) { return x || y; });
}

}  // namespace nnrun::reference
