#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_gt() {
  return elementwise<2, kAllDTypes>("gt", [](auto x, auto y) { return x > y; });
}

}  // namespace nnrun::reference
