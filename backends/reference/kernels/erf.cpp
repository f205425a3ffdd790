#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_erf() {
  return elementwise<1, kFloats>("erf", [](double x) { return std::erf(x); });
}

}  // namespace nnrun::reference
