#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_sin() {
  return elementwise<1, kFloats>("sin", [](double x) { return std::sin(x); });
}

}  // namespace nnrun::reference
