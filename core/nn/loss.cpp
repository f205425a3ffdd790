#include "core/nn/loss.h"

#include "core/nn/registry.h"

namespace nnrun {

std::vector<LossDef> builtin_losses();  // generated from the files of losses/

namespace {

const Registry<LossDef>& loss_registry() {
  static const Registry<LossDef> r("loss", builtin_losses());
  return r;
}

}  // namespace

const LossDef& find_loss(const std::string& name) { return loss_registry().find(name); }
std::vector<const LossDef*> all_losses() { return loss_registry().all(); }

}  // namespace nnrun
