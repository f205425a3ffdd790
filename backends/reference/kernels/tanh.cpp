#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_tanh() {
  return elementwise<1, kFloats>("tanh", [](double x) { return std::tanh(x); });
}

}  // namespace nnrun::reference
