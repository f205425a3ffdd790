#include "backends/reference/elementwise.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_add() {
  return elementwise<2>("add", kFloats | kInts, [](auto x, auto y) { return x + y; });
}

}  // namespace nnrun::reference
