#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_sub() {
  return elementwise<2, kNumbers>(
      "sub", [](auto x, auto y) { return wrapping([](auto a, auto b) { return a - b; }, x, y); });
}

}  // namespace nnrun::reference
