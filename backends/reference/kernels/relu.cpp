#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_relu() {
  return elementwise<1, kFloats>("relu", [](double x) { return x <= 0 ? 0 : x; });
}

}  // namespace nnrun::reference
