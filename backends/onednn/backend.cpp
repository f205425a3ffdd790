// The fast CPU backend: matrix products and convolutions by oneDNN, everything else by the vector
// loops of simd/, compiled for three levels of x86-64 and chosen at run time.
#include <numeric>

#include <nnrun/sdk/cpu_backend.hpp>

#include "backends/onednn/chain.h"
#include "backends/onednn/class_loss.h"
#include "backends/onednn/fused.h"
#include "backends/onednn/gradient_update.h"
#include "backends/onednn/primitive.h"
#include "backends/onednn/tiny/emit.h"
#include "backends/onednn/tiny/lower.h"
#include "backends/onednn/update_group.h"

namespace nnrun::onednn {

std::vector<std::vector<sdk::KernelDef>> all_kernels();  // generated from kernels/

namespace {

std::vector<sdk::KernelDef> kernels() {
  std::vector<sdk::KernelDef> flat;
  for (auto& k : all_kernels()) flat.insert(flat.end(), k.begin(), k.end());
  return flat;
}

std::string description() {
  return std::string("x86-64-") + loops().isa + ", " + library_version();
}

/// All of a program that is small enough; whether it is.
bool claim_all(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kLaunch = 12;  // ns, of a kernel that does next to nothing
  std::string why;
  if (g.n_node < 2 || g.n_node > tiny::kMostInstructions || !tiny::can_emit()) return false;
  const auto lowered = tiny::lower(g, true, &why);
  if (!lowered) return false;
  std::vector<uint32_t> all(g.n_node);
  std::iota(all.begin(), all.end(), 0u);
  const double gain = kLaunch * g.n_node - 0.25 * double(lowered->code.instructions().size());
  group(arg, all.data(), uint32_t(all.size()), gain);
  return gain > 0;
}

void claim(const nnr_graph& g, nnr_group_fn group, void* arg) {
  if ((g.flags & NNR_G_LAID_OUT) != 0) {
    claim_chains(g, group, arg);
    return claim_updates(g, group, arg);
  }
  if (claim_all(g, group, arg)) return;
  claim_gradient_updates(g, group, arg);
  claim_class_losses(g, group, arg);
  claim_fused(g, group, arg);
}

constexpr sdk::CpuBackendHooks hooks = {description, claim};

}  // namespace
}  // namespace nnrun::onednn

NNRUN_CPU_BACKEND("onednn", "0.1.0", nnrun::onednn::kernels, nnrun::onednn::hooks)
