#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_lt() {
  return elementwise<2, kAllDTypes>("lt", [](auto x, auto y) { return x < y; });
}

}  // namespace nnrun::reference
