#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_add() {
  return elementwise<2, kNumbers>("add", [](auto x, auto y) { return plus(x, y); });
}

}  // namespace nnrun::reference
