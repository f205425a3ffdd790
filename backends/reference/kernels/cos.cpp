#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_cos() {
  return elementwise<1, kFloats>("cos", [](double x) { return std::cos(x); });
}

}  // namespace nnrun::reference
