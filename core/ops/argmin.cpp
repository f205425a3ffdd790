#include "core/ops/rules.h"

namespace nnrun {

OpDef op_argmin() {
  return arg_extremum_op("argmin", "the index of the first smallest element; a NaN wins");
}

}  // namespace nnrun
