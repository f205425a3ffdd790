// Losses: one file each in losses/, `LossDef loss_<file name>()`. Names and arguments are
// PyTorch's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/graph/attrs.h"
#include "core/ops/builder.h"

namespace nnrun {

enum class TargetKind {
  values,   // floats of the prediction's shape
  classes,  // int64, the prediction's shape without its class dimension
};

struct LossDef {
  std::string name, doc;
  std::vector<AttrDecl> attrs = {};
  TargetKind target = TargetKind::values;
  /// The loss of a batch: a scalar (reduction mean or sum). Throws Error(model) when the shapes do
  /// not fit; MSELoss of (N, 1) and (N) is an error, not a broadcast.
  std::function<Var(Builder&, const Attrs&, Var prediction, Var target)> build = {};
};

const LossDef& find_loss(const std::string& name);  // throws Error(model), nearest name as hint
std::vector<const LossDef*> all_losses();

}  // namespace nnrun
