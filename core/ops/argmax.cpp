#include "core/ops/rules.h"

namespace nnrun {

OpDef op_argmax() {
  return arg_extremum_op("argmax", "the index of the first largest element; a NaN wins");
}

}  // namespace nnrun
