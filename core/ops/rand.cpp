#include "core/ops/random.h"

namespace nnrun {

OpDef op_rand() {
  return random_op(
      "rand", "uniform in [0, 1): element i is uniform<T>(state, i) of <nnrun/sdk/philox.hpp>");
}

}  // namespace nnrun
