#include "backends/cuda/units.h"

#include <algorithm>
#include <numeric>

#include <nnrun/sdk/graph.hpp>

namespace nnrun::cuda {

Units::Units(const nnr_graph& g) : next_(g.n_node), unit_(g.n_node), members_(g.n_node) {
  const auto makers = sdk::makers_of(g);
  for (uint32_t k = 0; k < g.n_node; ++k) {
    for (uint32_t i = 0; i < g.node[k]->n_in; ++i) {
      const uint32_t value = g.node[k]->in[i];
      if (value != NNR_NONE && makers[value] != NNR_NONE) next_[makers[value]].push_back(k);
    }
  }
  std::iota(unit_.begin(), unit_.end(), 0u);
  for (uint32_t k = 0; k < g.n_node; ++k) members_[k] = {k};
}

bool Units::path_around(uint32_t a, uint32_t b) const {
  const uint32_t from = unit_[a], to = unit_[b], last = members_[to].back();
  std::vector<uint32_t> open = {from};
  std::vector<bool> seen(members_.size());
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t unit = open.back();
    open.pop_back();
    for (uint32_t node : members_[unit]) {
      for (uint32_t next : next_[node]) {
        const uint32_t then = unit_[next];
        if (then == to && unit != from) return true;
        // What begins behind the last node of b's is not waited for by it.
        if (then == to || seen[then] || members_[then].front() > last) continue;
        seen[then] = true;
        open.push_back(then);
      }
    }
  }
  return false;
}

void Units::unite(uint32_t a, uint32_t b) {
  if (together(a, b)) return;
  std::vector<uint32_t>& into = members_[unit_[a]];
  std::vector<uint32_t>& more = members_[unit_[b]];
  for (uint32_t node : more) unit_[node] = unit_[a];
  const auto middle = into.insert(into.end(), more.begin(), more.end());
  std::inplace_merge(into.begin(), middle, into.end());
  more.clear();
}

std::vector<uint32_t> Units::levels(bool turned) const {
  std::vector<std::vector<uint32_t>> then(members_.size());  // by unit
  std::vector<uint32_t> waits(members_.size()), level(members_.size()), ready;
  for (uint32_t k = 0; k < unit_.size(); ++k) {
    for (uint32_t next : next_[k]) {
      if (unit_[k] == unit_[next]) continue;
      const uint32_t from = unit_[turned ? next : k], to = unit_[turned ? k : next];
      then[from].push_back(to);
      ++waits[to];
    }
  }
  for (uint32_t u = 0; u < members_.size(); ++u) {
    if (waits[u] == 0) ready.push_back(u);
  }
  while (!ready.empty()) {
    const uint32_t u = ready.back();
    ready.pop_back();
    for (uint32_t next : then[u]) {
      level[next] = std::max(level[next], level[u] + 1);
      if (--waits[next] == 0) ready.push_back(next);
    }
  }
  std::vector<uint32_t> of_nodes;
  for (uint32_t u : unit_) of_nodes.push_back(level[u]);
  return of_nodes;
}

}  // namespace nnrun::cuda
