// The fast CPU backend: matrix products and convolutions by oneDNN, everything else by the vector
// loops of simd/, compiled for three levels of x86-64 and chosen at run time.
#include <nnrun/sdk/cpu_backend.hpp>

#include "backends/onednn/kernels.h"
#include "backends/onednn/primitive.h"

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

constexpr sdk::CpuBackendHooks hooks = {description};

}  // namespace
}  // namespace nnrun::onednn

NNRUN_CPU_BACKEND("onednn", "0.1.0", nnrun::onednn::kernels, nnrun::onednn::hooks)
