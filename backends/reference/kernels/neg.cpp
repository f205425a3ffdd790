#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_neg() {
  return elementwise<1, kNumbers>("neg",
                                  [](auto x) { return wrapping([](auto a) { return -a; }, x); });
}

}  // namespace nnrun::reference
