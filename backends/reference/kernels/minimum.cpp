#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_minimum() {
  return elementwise<2, kNumbers>("minimum", [](auto x, auto y) { return smaller(x, y); });
}

}  // namespace nnrun::reference
