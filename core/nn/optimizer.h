// Optimizers: one file each in optimizers/, `OptimizerDef optimizer_<file name>()`. An update is a
// composition of ops, so it runs and fuses like everything else; where a backend has a kernel for
// the whole update (ops `sgd`, `adam`, ...), that is the op the composition consists of.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/graph/attrs.h"
#include "core/ops/builder.h"

namespace nnrun {

/// A kind of optimizer state, one array of the parameter's shape and dtype per parameter.
struct Slot {
  std::string name;  // torch's: "momentum_buffer", "exp_avg"
  double initial = 0;
};

struct UpdateCall {
  const Attrs& attrs;
  Var param, grad;
  std::vector<Var> slots;  // in the order slots() gave
  Var lr;                  // float64 scalar
  Var step;                // int64 scalar: updates done before this one
  Var ok;                  // uint8 scalar: 0 keeps everything as it was
};
struct Update {
  Var param;
  std::vector<Var> slots;
};

struct OptimizerDef {
  std::string name, doc;
  std::vector<AttrDecl> attrs = {};  // lr among them
  std::function<std::vector<Slot>(const Attrs&)> slots = {};
  std::function<Update(Builder&, const UpdateCall&)> update = {};
};

const OptimizerDef& find_optimizer(const std::string& name);
std::vector<const OptimizerDef*> all_optimizers();

}  // namespace nnrun
