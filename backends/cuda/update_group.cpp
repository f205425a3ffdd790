#include "backends/cuda/update_group.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "backends/cuda/body.h"

namespace nnrun::cuda {
namespace {

/// A planner may look at all pairs of a group's operands.
constexpr size_t kMostUpdates = 256;

struct Updates {
  std::vector<Map> maps;
  std::vector<nnr_alias> inplace;
};

std::optional<Updates> updates_of(const Desc& d, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  if (d.body() == nullptr) return refuse("a group without a body");
  const nnr_graph& g = *d.body();
  const Body body(d);
  const auto readers = readers_of(g);
  Updates u;
  std::string text;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    std::optional<Part> p = part_of(g, *g.node[k], Role::update, why);
    if (!p) return std::nullopt;
    if (!is_stream(p->map)) return refuse("an update of operands that are not contiguous");
    const std::string its = function_text(p->map, "compute");
    if (k > 0 && its != text) return refuse("updates that differ");
    text = its;
    for (size_t i = 0; i < p->in.size(); ++i) {
      const auto at = body.given(p->in[i]);
      if (!at) return refuse("an operand that is not given");
      p->map.in[i].where = *at;
    }
    for (size_t i = 0; i < p->out.size(); ++i) {
      const auto at = body.result(p->out[i]);
      if (!at) return refuse("a result that nobody reads");
      p->map.out[i].where = *at;
    }
    const NodeDesc node(g, *g.node[k]);
    for (const nnr_alias& a : map_rule(op_of(*g.node[k]))->offer(node.desc()).inplace) {
      const uint32_t value = g.node[k]->in[a.in];
      const auto from = body.given(value), to = body.result(g.node[k]->out[a.out]);
      // Another update of the group might read it later.
      if (from->bytes == 0 && readers[value].size() == 1)
        u.inplace.push_back({uint32_t(from->operand), uint32_t(to->operand - d.inputs())});
    }
    u.maps.push_back(std::move(p->map));
  }
  return u;
}

class UpdateGroup : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    std::optional<Updates> u = updates_of(d, &why);
    if (!u) return no(why);
    Offer o = accept(d, std::vector<uint64_t>(size_t(d.inputs() + d.outputs()), kAllDTypes));
    o.inplace = std::move(u->inplace);
    return o;
  }
  explicit UpdateGroup(const Desc& d) : MapKernel(d) {
    std::string why;
    const std::optional<Updates> u = updates_of(d, &why);
    if (!u) throw Failure(NNR_E_UNSUPPORTED, why);
    add_streams(u->maps);
  }
};

}  // namespace

void claim_updates(const nnr_graph& g, nnr_group_fn group, void* arg) {
  constexpr double kLaunch = 2000;  // ns
  const auto makers = makers_of(g);
  const auto is_window = [&](uint32_t v) {
    return v != NNR_NONE && makers[v] != NNR_NONE && op_of(*g.node[makers[v]]) == "as_strided";
  };
  // By op, what it does to an element, and learning rate, step and check.
  using Key = std::tuple<std::string_view, std::string, std::vector<uint32_t>>;
  std::map<Key, std::vector<uint32_t>> together;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const nnr_node& n = *g.node[k];
    std::string ignored;
    const std::optional<Part> p = part_of(g, n, Role::update, &ignored);
    if (!p || !is_stream(p->map) || std::any_of(n.in, n.in + n.n_in, is_window)) continue;
    together[{op_of(n), function_text(p->map, "compute"), {n.in + n.n_in - 3, n.in + n.n_in}}]
        .push_back(k);
  }
  for (const auto& [key, nodes] : together) {
    for (size_t i = 0; i + 1 < nodes.size(); i += kMostUpdates) {
      const size_t n = std::min(kMostUpdates, nodes.size() - i);
      group(arg, nodes.data() + i, uint32_t(n), kLaunch * double(n - 1));
    }
  }
}

KernelDef update_group_kernel() { return kernel<UpdateGroup>("group", "updates"); }

}  // namespace nnrun::cuda
