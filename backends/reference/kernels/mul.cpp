#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_mul() {
  return elementwise<2, kNumbers>("mul", [](auto x, auto y) { return times(x, y); });
}

}  // namespace nnrun::reference
