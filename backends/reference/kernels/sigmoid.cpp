#include <cmath>

#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_sigmoid() {
  return elementwise<1, kFloats>("sigmoid", [](double x) {
    const double e = std::exp(-std::fabs(x));  // at most 1: no overflow on either side
    return (x < 0 ? e : 1.0) / (1 + e);
  });
}

}  // namespace nnrun::reference
