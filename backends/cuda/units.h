// The nodes of a graph in units that each run at one moment: at first every node alone.
#pragma once

#include <nnrun/abi/compiler.h>

#include <vector>

namespace nnrun::cuda {

class Units {
 public:
  /// It borrows the graph and what readers_of says of it.
  Units(const nnr_graph& g, const std::vector<std::vector<uint32_t>>& readers);

  /// The nodes of a node's unit, ascending.
  const std::vector<uint32_t>& members(uint32_t node) const { return members_[unit_[node]]; }
  bool together(uint32_t a, uint32_t b) const { return unit_[a] == unit_[b]; }
  /// Whether something that waits for the unit of a, and is in neither, is waited for by that of b:
  /// then the two cannot be one.
  bool path_around(uint32_t a, uint32_t b) const;
  void unite(uint32_t a, uint32_t b);

 private:
  const nnr_graph& graph_;
  const std::vector<std::vector<uint32_t>>& readers_;
  std::vector<uint32_t> unit_;  // by node
  std::vector<std::vector<uint32_t>> members_;
};

}  // namespace nnrun::cuda
