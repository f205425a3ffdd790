#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_log_sigmoid() { return activation("LogSigmoid", "log(sigmoid(x))", "log_sigmoid"); }

}  // namespace nnrun
