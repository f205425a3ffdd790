#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_sign() {
  return elementwise<1, kNumbers>(
      "sign", [](auto x) { return is_nan(x) ? x : decltype(x)((x > 0) - (x < 0)); });
}

}  // namespace nnrun::reference
