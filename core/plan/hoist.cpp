#include "core/plan/hoist.h"

#include <algorithm>

namespace nnrun {

std::vector<bool> computed_once(const Program& p) {
  std::vector<bool> node(p.nodes.size()), storage(p.storages.size());
  for (const auto& [state, value] : p.writes) {
    if (p.storages[state].is_parameter) return node;
  }
  for (size_t s = 0; s < storage.size(); ++s) {
    const ValueKind kind = p.storages[s].kind;
    storage[s] = kind == ValueKind::state || kind == ValueKind::constant;
  }
  for (const auto& [state, value] : p.writes) storage[state] = false;
  std::vector<bool> written(p.storages.size());
  for (const auto& [state, value] : p.writes) written[value.storage] = true;
  for (size_t i = 0; i < p.nodes.size(); ++i) {
    const PlannedNode& n = p.nodes[i];
    node[i] = std::all_of(n.in.begin(), n.in.end(),
                          [&](const Operand& o) { return o.absent() || storage[o.storage]; }) &&
              std::none_of(n.out.begin(), n.out.end(),
                           [&](const Operand& o) { return !o.absent() && written[o.storage]; });
    for (const Operand& o : n.out) {
      if (!o.absent()) storage[o.storage] = node[i];
    }
  }
  return node;
}

Program hoisted(Program p) {
  const std::vector<bool> once = computed_once(p);
  std::vector<PlannedNode> first, rest;
  for (size_t i = 0; i < once.size(); ++i) {
    (once[i] ? first : rest).push_back(std::move(p.nodes[i]));
  }
  p.once = first.size();
  p.nodes = std::move(first);
  std::move(rest.begin(), rest.end(), std::back_inserter(p.nodes));
  return p;
}

}  // namespace nnrun
