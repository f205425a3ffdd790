#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_ne() {
  return elementwise<2, kAllDTypes>("ne", [](auto x, auto y) { return x != y; });
}

}  // namespace nnrun::reference
