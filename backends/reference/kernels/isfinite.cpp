#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_isfinite() {
  return elementwise<1, kFloats>("isfinite", [](double x) { return std::isfinite(x); });
}

}  // namespace nnrun::reference
