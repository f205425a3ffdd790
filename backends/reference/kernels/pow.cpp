#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_pow() {
  return elementwise<2, kFloats>("pow", [](double x, double y) { return std::pow(x, y); });
}

}  // namespace nnrun::reference
