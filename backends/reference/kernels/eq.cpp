#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_eq() {
  return elementwise<2, kAllDTypes>("eq", [](auto x, auto y) { return x == y; });
}

}  // namespace nnrun::reference
