#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_sqrt() {
  return elementwise<1, kFloats>("sqrt", [](double x) { return std::sqrt(x); });
}

}  // namespace nnrun::reference
