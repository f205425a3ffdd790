// The reference backend: the meaning of every op, and the oracle of every test.
#include <nnrun/sdk/cpu_backend.hpp>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

std::vector<std::vector<sdk::KernelDef>> all_kernels();  // generated from kernels/

namespace {

std::vector<sdk::KernelDef> kernels() {
  std::vector<sdk::KernelDef> flat;
  for (auto& k : all_kernels()) flat.insert(flat.end(), k.begin(), k.end());
  return flat;
}
constexpr sdk::CpuBackendHooks hooks = {};

}  // namespace
}  // namespace nnrun::reference

NNRUN_CPU_BACKEND("reference", "0.1.0", nnrun::reference::kernels, nnrun::reference::hooks)
