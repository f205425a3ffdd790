// Elementwise ops one after the other as one kernel: tile by tile, so that what lies between them
// stays in the L1 cache. The rows that they are of may be picked by it, too: a batch of a data set.
#pragma once

#include <nnrun/abi/compiler.h>

#include <memory>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// What an elementwise op does to a tile. p: its operands, then its result, as in TileLoop.
class TileKernel {
 public:
  virtual ~TileKernel() = default;
  virtual void run(void* const* p, const Tile& t) const = 0;
};

/// That of an op; null when it is not elementwise, or not in this dtype. *keeps_zero: zeros make
/// zeros.
std::unique_ptr<TileKernel> tile_kernel(const Desc& d, bool* keeps_zero);
std::unique_ptr<TileKernel> formula_tile_kernel(const Desc& d);  // kernels/formula.cpp
/// Whether an op of that name may have one.
bool is_elementwise(std::string_view op);

/// Names the groups of elementwise ops over one shape that feed one another, with the rows they
/// begin with.
void claim_chains(const nnr_graph& g, nnr_group_fn group, void* arg);

std::vector<KernelDef> chain_kernels();

}  // namespace nnrun::onednn
