#include "core/plugin/compiler.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/plugin/attrs_abi.h"
#include "core/plugin/backend.h"

namespace nnrun {
namespace {

constexpr size_t kMostGroups = 1 << 20;

struct Claims {
  uint32_t nodes;
  std::vector<Compiler::Group> groups;
  bool wrong = false;
};

void note_group(void* arg, const uint32_t* node, uint32_t n, double gain_ns) noexcept {
  auto& c = *static_cast<Claims*>(arg);
  if (c.groups.size() >= kMostGroups || node == nullptr || n == 0 || !std::isfinite(gain_ns)) {
    c.wrong = true;
    return;
  }
  Compiler::Group g{{node, node + n}, gain_ns};
  std::sort(g.nodes.begin(), g.nodes.end());
  c.wrong = c.wrong || g.nodes.back() >= c.nodes ||
            std::adjacent_find(g.nodes.begin(), g.nodes.end()) != g.nodes.end();
  c.groups.push_back(std::move(g));
}

}  // namespace

Compiler::Compiler(const nnr_compiler* table, const nnr_host* host, std::string name)
    : table_(table), name_(std::move(name)) {
  const AttrArray no_options;
  void* self = nullptr;
  abi_call(name_, [&](nnr_err* e) {
    return table_->open(host, no_options.data(), no_options.size(), &self, e);
  });
  self_ = std::shared_ptr<void>(self, [close = table_->close](void* p) { close(p); });
}

std::vector<Compiler::Group> Compiler::claim(const nnr_graph* g) const {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Claims c{g->n_node, {}, false};
  abi_call(name_, [&](nnr_err* e) { return table_->claim(self(), g, note_group, &c, e); });
  if (c.wrong) throw Error(Code::backend, name_ + ": claims nodes that are not in the graph");
  return std::move(c.groups);
}

}  // namespace nnrun
