#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_ge() {
  return elementwise<2, kAllDTypes>("ge", [](auto x, auto y) { return x >= y; });
}

}  // namespace nnrun::reference
