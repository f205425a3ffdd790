#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_exp() {
  return elementwise<1, kFloats>("exp", [](double x) { return std::exp(x); });
}

}  // namespace nnrun::reference
