#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_ceil() {
  return elementwise<1, kFloats>("ceil", [](double x) { return std::ceil(x); });
}

}  // namespace nnrun::reference
