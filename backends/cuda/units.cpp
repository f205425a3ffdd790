#include "backends/cuda/units.h"

#include <algorithm>
#include <numeric>

namespace nnrun::cuda {

Units::Units(const nnr_graph& g, const std::vector<std::vector<uint32_t>>& readers)
    : graph_(g), readers_(readers), unit_(g.n_node), members_(g.n_node) {
  std::iota(unit_.begin(), unit_.end(), 0u);
  for (uint32_t k = 0; k < g.n_node; ++k) members_[k] = {k};
}

bool Units::path_around(uint32_t a, uint32_t b) const {
  const uint32_t from = unit_[a], to = unit_[b], last = members_[to].back();
  std::vector<uint32_t> next = {from};
  std::vector<bool> seen(members_.size());
  seen[from] = true;
  while (!next.empty()) {
    const uint32_t unit = next.back();
    next.pop_back();
    for (uint32_t node : members_[unit]) {
      for (uint32_t i = 0; i < graph_.node[node]->n_out; ++i) {
        const uint32_t value = graph_.node[node]->out[i];
        if (value == NNR_NONE) continue;
        for (uint32_t reader : readers_[value]) {
          if (reader == graph_.n_node) continue;
          const uint32_t then = unit_[reader];
          if (then == to && unit != from) return true;
          // What begins behind the last node of b's is not waited for by it.
          if (then == to || seen[then] || members_[then].front() > last) continue;
          seen[then] = true;
          next.push_back(then);
        }
      }
    }
  }
  return false;
}

void Units::unite(uint32_t a, uint32_t b) {
  std::vector<uint32_t>& into = members_[unit_[a]];
  std::vector<uint32_t>& more = members_[unit_[b]];
  for (uint32_t node : more) unit_[node] = unit_[a];
  const auto middle = into.insert(into.end(), more.begin(), more.end());
  std::inplace_merge(into.begin(), middle, into.end());
  more.clear();
}

}  // namespace nnrun::cuda
