#include "core/ops/checks.h"
#include "core/ops/losses.h"
#include "core/ops/rules.h"

namespace nnrun {

OpDef op_nll_loss() {
  OpDef d;
  d.name = "nll_loss";
  d.doc =
      "-weight[target] x[target] of log-probabilities x (N, C, ...), target int64 (N, ...), weight "
      "(C); the mean is over the weights. A target that is not a class gives NaN";
  d.min_in = 2;
  d.max_in = 3;
  d.attrs = {reduction_attr(), ignore_index_attr()};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    check_classes("nll_loss", c, 0);
    return {class_loss_type(c)};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Var weight = in.size() > 2 ? widened(in[2]) : Var{};
    return {cast(class_loss(widened(in[0]), in[1], weight, a, 0), in[0].dtype())};
  };
  d.samples = class_loss_samples(false);
  return d;
}

}  // namespace nnrun
