#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_logical_not() {
  return elementwise<1, kBool>("logical_not", [](bool x) { return !x; });
}

}  // namespace nnrun::reference
