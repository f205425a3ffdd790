#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_log1p() {
  return elementwise<1, kFloats>("log1p", [](double x) { return std::log1p(x); });
}

}  // namespace nnrun::reference
