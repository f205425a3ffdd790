#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_rsqrt() {
  return elementwise<1, kFloats>("rsqrt", [](double x) { return 1 / std::sqrt(x); });
}

}  // namespace nnrun::reference
