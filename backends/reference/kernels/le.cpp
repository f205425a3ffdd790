#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_le() {
  return elementwise<2, kAllDTypes>("le", [](auto x, auto y) { return x <= y; });
}

}  // namespace nnrun::reference
