#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_div() {
  return elementwise<2, kFloats>("div", [](double x, double y) { return x / y; });
}

}  // namespace nnrun::reference
