#include "core/ops/random.h"

namespace nnrun {

OpDef op_randn() {
  return random_op(
      "randn",
      "normal, mean 0 and variance 1: element i is normal<T>(state, i) of <nnrun/sdk/philox.hpp>");
}

}  // namespace nnrun
