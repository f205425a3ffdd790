#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_round() {
  return elementwise<1, kFloats>("round", [](double x) { return std::nearbyint(x); });
}

}  // namespace nnrun::reference
