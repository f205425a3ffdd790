// The nodes of a graph in units that each run at one moment: at first every node alone.
#pragma once

#include <nnrun/abi/compiler.h>

#include <vector>

namespace nnrun::cuda {

class Units {
 public:
  explicit Units(const nnr_graph& g);

  /// The nodes of a node's unit, ascending.
  const std::vector<uint32_t>& members(uint32_t node) const { return members_[unit_[node]]; }
  bool together(uint32_t a, uint32_t b) const { return unit_[a] == unit_[b]; }
  /// Whether something that waits for the unit of a, and is in neither, is waited for by that of b:
  /// then the two cannot be one.
  bool path_around(uint32_t a, uint32_t b) const;
  void unite(uint32_t a, uint32_t b);

  /// By node: how many units the longest path to its unit has, or, turned, the one from it. Two
  /// units of which that is equal do not wait for one another.
  std::vector<uint32_t> levels(bool turned) const;

 private:
  std::vector<std::vector<uint32_t>> next_;  // by node: those that read what it makes
  std::vector<uint32_t> unit_;               // by node
  std::vector<std::vector<uint32_t>> members_;
};

}  // namespace nnrun::cuda
