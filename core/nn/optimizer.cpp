#include "core/nn/optimizer.h"

#include "core/nn/registry.h"

namespace nnrun {

std::vector<OptimizerDef> builtin_optimizers();  // generated from the files of optimizers/

namespace {

const Registry<OptimizerDef>& optimizer_registry() {
  static const Registry<OptimizerDef> r("optimizer", builtin_optimizers());
  return r;
}

}  // namespace

const OptimizerDef& find_optimizer(const std::string& name) {
  return optimizer_registry().find(name);
}
std::vector<const OptimizerDef*> all_optimizers() { return optimizer_registry().all(); }

}  // namespace nnrun
