#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_expm1() {
  return elementwise<1, kFloats>("expm1", [](double x) { return std::expm1(x); });
}

}  // namespace nnrun::reference
