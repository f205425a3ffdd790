#include <cmath>

#include "backends/reference/elementwise.h"
#include "backends/reference/numbers.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_abs() {
  return elementwise<1, kNumbers>("abs", [](auto x) {
    if constexpr (std::is_same_v<decltype(x), double>)
      return std::fabs(x);
    else
      return x < 0 ? wrapping([](auto a) { return -a; }, x) : x;
  });
}

}  // namespace nnrun::reference
