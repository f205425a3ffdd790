// The body of a group: what its nodes read and make, among the group's operands.
#pragma once

#include <map>
#include <optional>

#include <nnrun/sdk/graph.hpp>

#include "backends/cuda/rules.h"

namespace nnrun::cuda {

/// A node that is one map, by the values it reads and makes in place of its operands' numbers.
struct Part {
  Map map;
  std::vector<uint32_t> in, out;  // of the graph, by operand of the map
  /// By input of the map: whether it is read element by element, as the outputs are written.
  std::vector<bool> alike;
};
/// By node; nothing for one that is no map, or one with arguments of its own.
using Parts = std::vector<std::optional<Part>>;
Parts parts_of(const nnr_graph& g);

class Body {
 public:
  /// Of a group that has one.
  explicit Body(const Desc& group);

  /// Where a value lies that is given: in an operand, or in a window onto one.
  std::optional<Launch::Pointer> given(uint32_t value) const;
  /// Where a value goes that is a result of the group.
  std::optional<Launch::Pointer> result(uint32_t value) const;

 private:
  std::map<uint32_t, Launch::Pointer> given_, result_;
};

}  // namespace nnrun::cuda
