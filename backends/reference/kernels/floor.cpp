#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_floor() {
  return elementwise<1, kFloats>("floor", [](double x) { return std::floor(x); });
}

}  // namespace nnrun::reference
