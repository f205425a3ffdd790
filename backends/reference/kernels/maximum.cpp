#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_maximum() {
  return elementwise<2, kNumbers>("maximum", [](auto x, auto y) { return larger(x, y); });
}

}  // namespace nnrun::reference
