#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_log() {
  return elementwise<1, kFloats>("log", [](double x) { return std::log(x); });
}

}  // namespace nnrun::reference
