#include "core/plan/claim.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/base/sha256.h"
#include "core/plan/timing.h"
#include "core/plugin/compiler.h"

namespace nnrun {
namespace {

/// Nodes of a program as a GraphDesc. A window onto a storage is the value of an `as_strided` node.
class Describer {
 public:
  Describer(const Program& p, const PlanOptions& options)
      : p_(p), g_(device_of(memory_of(0, options), options)) {}

  /// Appends node i; its number in the description.
  uint32_t node(size_t i) {
    const PlannedNode& n = p_.nodes[i];
    std::vector<uint32_t> in, out;
    for (const Operand& o : n.in) in.push_back(value(o));
    for (const Operand& o : n.out) out.push_back(value(o));
    return g_.add_node(n.op, find_op(n.op).rev, n.attrs, std::move(in), std::move(out));
  }

  GraphDesc finish(const std::vector<uint32_t>& in, const std::vector<uint32_t>& out,
                   uint32_t flags) {
    std::vector<uint32_t> from, to;
    for (uint32_t s : in) from.push_back(base(s));
    for (uint32_t s : out) to.push_back(base(s));
    g_.finish(std::move(from), std::move(to), flags);
    return std::move(g_);
  }

 private:
  uint32_t value(const Operand& o) {
    if (o.absent()) return NNR_NONE;
    const PlannedStorage& s = p_.storages[o.storage];
    const uint32_t from = base(o.storage);
    if (is_whole(o, p_)) return from;
    const auto [first, last] = windows_.equal_range(o.storage);
    for (auto it = first; it != last; ++it) {
      const auto& [v, id] = it->second;
      if (v.offset == o.view.offset && v.shape == o.view.shape && v.strides == o.view.strides)
        return id;
    }
    const uint32_t id = g_.add_value({Type{s.type.dtype, o.view.shape}, o.view.strides});
    g_.add_node("as_strided", 1, {{"offset", o.view.offset}}, {from}, {id});
    windows_.emplace(o.storage, std::pair(o.view, id));
    return id;
  }
  uint32_t base(uint32_t storage) {
    const auto [it, is_new] = base_.try_emplace(storage, 0);
    if (is_new) it->second = g_.add_value(describe(p_, {storage, whole_view(storage)}));
    return it->second;
  }
  View whole_view(uint32_t storage) const {
    const Shape& s = p_.storages[storage].type.shape;
    return {s, s.row_major(), 0};
  }

  const Program& p_;
  GraphDesc g_;
  std::unordered_map<uint32_t, uint32_t> base_;  // by storage: the value of all of it
  std::unordered_multimap<uint32_t, std::pair<View, uint32_t>> windows_;  // by storage
};

/// Who makes each storage (NNR_NONE: nobody here), who reads it, and whether it outlives the step.
struct Links {
  std::vector<uint32_t> made;
  std::vector<std::vector<uint32_t>> read;
  std::vector<bool> kept;
  explicit Links(const Program& p)
      : made(p.storages.size(), NNR_NONE), read(p.storages.size()), kept(p.storages.size()) {
    for (const auto& [state, value] : p.writes) kept[value.storage] = true;
    for (const auto& [name, o] : p.outputs) kept[o.storage] = true;
    for (uint32_t i = 0; i < p.nodes.size(); ++i) {
      for (const Operand& o : p.nodes[i].in) {
        if (!o.absent()) read[o.storage].push_back(i);
      }
      for (const Operand& o : p.nodes[i].out) made[o.storage] = i;
    }
  }
};

/// Whether the nodes can run at one moment: no path leaves the group and comes back.
bool convex(const Program& p, const Links& links, const std::vector<uint32_t>& group) {
  // Forward through the nodes between its first and last: which depend on it from outside?
  std::vector<uint8_t> after(group.back() - group.front() + 1);
  size_t next = 0;
  for (uint32_t i = group.front(); i <= group.back(); ++i) {
    const bool member = next < group.size() && group[next] == i;
    if (member) ++next;
    for (const Operand& o : p.nodes[i].in) {
      if (o.absent()) continue;
      const uint32_t from = links.made[o.storage];
      if (from == NNR_NONE || from < group.front()) continue;
      const bool from_member = std::binary_search(group.begin(), group.end(), from);
      if (member && !from_member && after[from - group.front()]) return false;
      if (!member && (from_member || after[from - group.front()])) after[i - group.front()] = 1;
    }
  }
  return true;
}

class Claims {
 public:
  Claims(Program& p, const PlanOptions& options, const Compiler& compiler, Claim when)
      : p_(p),
        options_(options),
        compiler_(compiler),
        flags_(when == Claim::laid_out ? NNR_G_LAID_OUT : 0),
        links_(p) {}

  void accept() {
    Describer all(p_, options_);
    std::vector<uint32_t> node_of;  // by number in the description
    for (uint32_t i = 0; i < p_.nodes.size(); ++i) {
      if (p_.nodes[i].choice.backend != 0 || p_.nodes[i].body != nullptr) continue;
      const uint32_t id = all.node(i);
      node_of.resize(id + 1, NNR_NONE);
      node_of[id] = i;
    }
    std::vector<uint32_t> described;
    for (uint32_t i : node_of) {
      if (i != NNR_NONE) described.push_back(i);
    }
    const auto [given, kept] = borders(described);
    const GraphDesc g = all.finish(given, kept, flags_);
    std::vector<Compiler::Group> groups = compiler_.claim(g.get());
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& a, const auto& b) { return a.gain_ns > b.gain_ns; });
    std::vector<uint8_t> taken(p_.nodes.size());
    for (const Compiler::Group& c : groups) {
      std::vector<uint32_t> nodes;
      for (uint32_t id : c.nodes) {
        if (id < node_of.size() && node_of[id] != NNR_NONE) nodes.push_back(node_of[id]);
      }
      const bool free =
          std::none_of(nodes.begin(), nodes.end(), [&](uint32_t i) { return taken[i] != 0; });
      if (c.gain_ns <= 0 || nodes.empty() || !free || !convex(p_, links_, nodes)) continue;
      if (make_group(nodes)) {
        for (uint32_t i : nodes) taken[i] = 1;
      }
    }
    if (!made_.empty()) replace();
  }

 private:
  /// The storages that the nodes read but do not make, and those they make that are seen outside.
  std::pair<std::vector<uint32_t>, std::vector<uint32_t>> borders(
      const std::vector<uint32_t>& nodes) const {
    const auto outside = [&](uint32_t i) {
      return i == NNR_NONE || !std::binary_search(nodes.begin(), nodes.end(), i);
    };
    std::set<uint32_t> in, out;
    for (uint32_t i : nodes) {
      for (const Operand& o : p_.nodes[i].in) {
        if (!o.absent() && outside(links_.made[o.storage])) in.insert(o.storage);
      }
      for (const Operand& o : p_.nodes[i].out) {
        if (o.absent()) continue;
        const std::vector<uint32_t>& readers = links_.read[o.storage];
        if (links_.kept[o.storage] || std::any_of(readers.begin(), readers.end(), outside))
          out.insert(o.storage);
      }
    }
    return {{in.begin(), in.end()}, {out.begin(), out.end()}};
  }

  bool make_group(const std::vector<uint32_t>& nodes) {
    Describer body(p_, options_);
    for (uint32_t i : nodes) body.node(i);
    const auto [in, out] = borders(nodes);
    const auto operand = [&](uint32_t s) {
      const Shape& shape = p_.storages[s].type.shape;
      return Operand{s, {shape, shape.row_major(), 0}};
    };
    PlannedNode n;
    n.op = kGroup;
    n.memory = memory_of(0, options_);
    for (uint32_t s : in) n.in.push_back(operand(s));
    for (uint32_t s : out) n.out.push_back(operand(s));
    n.body = std::make_shared<GraphDesc>(body.finish(in, out, flags_));
    for (uint32_t i : nodes) n.flops += work_of(p_, p_.nodes[i]).flops;
    if (!choose_kernel(&n) || quickest(n) > apart(nodes)) return false;
    const PlannedNode& first = p_.nodes[nodes[0]];
    const auto alike = [&](auto what) {
      return std::all_of(nodes.begin(), nodes.end(),
                         [&](uint32_t i) { return what(p_.nodes[i]) == what(first); });
    };
    const bool one_phase = alike([](const PlannedNode& x) { return x.phase; });
    n.phase = p_.nodes[nodes.back()].phase;
    const bool one_layer = alike([](const PlannedNode& x) { return x.layer; });
    if (one_layer || (one_phase && first.phase != Phase::update)) n.layer = first.layer;
    n.where = first.where;
    n.operands = text_of(nodes);
    made_.push_back({nodes, std::move(n)});
    return true;
  }

  bool choose_kernel(PlannedNode* n) const {
    KernelOffer asked;
    for (const auto* list : {&n->in, &n->out}) {
      for (const Operand& o : *list) {
        asked.layouts.push_back(p_.storages[o.storage].layout);
        asked.bytes.push_back(p_.storages[o.storage].size());
      }
    }
    const bool row_major = std::all_of(asked.layouts.begin(), asked.layouts.end(),
                                       [](const std::string& l) { return l.empty(); });
    std::string why;
    std::vector<SeenOffer> seen;
    const auto keep = options_.explain ? &seen : nullptr;
    const OfferLimits limits{options_.fast_math, options_.deterministic, {}};
    std::vector<KernelOffer> offers = all_offers(compiler_.kernels(), compiler_.self(),
                                                 describe(p_, *n, options_), limits, &why, keep);
    for (KernelOffer& o : offers) {
      if (o.layouts == asked.layouts) o.layouts.clear(), o.bytes.clear();
    }
    const KernelOffer* best = best_of(offers, limits, &why, keep);
    for (SeenOffer& offer : seen) n->candidates.push_back({std::move(offer), 0});
    if (best == nullptr) return false;
    n->choice = {*best, 0};
    if (row_major) {
      n->ways = std::move(offers);
    } else {
      n->choice.layouts = std::move(asked.layouts);
      n->choice.bytes = std::move(asked.bytes);
    }
    return true;
  }

  /// ns of its best way.
  static double quickest(const PlannedNode& n) {
    double ns = n.choice.est_ns;
    for (const KernelOffer& o : n.ways) ns = std::min(ns, o.est_ns < 0 ? ns : o.est_ns);
    return ns;
  }
  double apart(const std::vector<uint32_t>& nodes) const {
    constexpr double kLaunch = 12;
    double ns = 0;
    for (uint32_t i : nodes) ns += kLaunch + quickest(p_.nodes[i]);
    return ns;
  }

  /// Tells groups apart that compute different things.
  std::string text_of(const std::vector<uint32_t>& nodes) const {
    constexpr size_t kShown = 4;
    std::string ops, all;
    for (size_t k = 0; k < nodes.size(); ++k) {
      const PlannedNode& n = p_.nodes[nodes[k]];
      if (k < kShown) ops += (k ? "+" : "") + n.op;
      all += n.op + n.attrs.str() + n.operands + ";";
    }
    if (nodes.size() > kShown) ops += "+" + std::to_string(nodes.size() - kShown);
    return ops + " " + sha256(all).substr(0, 16);
  }

  /// Units are the groups, then the nodes that are in none. Their order, as near to the old one as
  /// dependences allow; nothing when groups wait for one another.
  std::optional<std::vector<uint32_t>> order(const std::vector<const PlannedNode*>& units,
                                             const std::vector<uint32_t>& at) const {
    std::vector<uint32_t> maker(p_.storages.size(), NNR_NONE), waits(units.size());
    for (uint32_t u = 0; u < units.size(); ++u) {
      for (const Operand& o : units[u]->out) maker[o.storage] = u;
    }
    std::vector<std::vector<uint32_t>> then(units.size());
    for (uint32_t u = 0; u < units.size(); ++u) {
      for (const Operand& o : units[u]->in) {
        if (o.absent() || maker[o.storage] == NNR_NONE) continue;
        then[maker[o.storage]].push_back(u);
        ++waits[u];
      }
    }
    std::set<std::pair<uint32_t, uint32_t>> ready;
    for (uint32_t u = 0; u < units.size(); ++u) {
      if (waits[u] == 0) ready.insert({at[u], u});
    }
    std::vector<uint32_t> r;
    while (!ready.empty()) {
      const uint32_t u = ready.begin()->second;
      ready.erase(ready.begin());
      r.push_back(u);
      for (uint32_t next : then[u]) {
        if (--waits[next] == 0) ready.insert({at[next], next});
      }
    }
    if (r.size() != units.size()) return std::nullopt;
    return r;
  }

  /// Groups that can each run at one moment may still wait for one another: then the least gainful
  /// is given up.
  void replace() {
    for (;; made_.pop_back()) {
      std::vector<uint8_t> taken(p_.nodes.size());
      std::vector<const PlannedNode*> units;
      std::vector<uint32_t> at;
      for (const auto& [nodes, group] : made_) {
        units.push_back(&group);
        at.push_back(nodes.back());
        for (uint32_t i : nodes) taken[i] = 1;
      }
      for (uint32_t i = 0; i < p_.nodes.size(); ++i) {
        if (taken[i]) continue;
        units.push_back(&p_.nodes[i]);
        at.push_back(i);
      }
      const auto ordered = order(units, at);
      if (!ordered) continue;
      std::vector<PlannedNode> nodes;
      for (uint32_t u : *ordered) nodes.push_back(*units[u]);
      p_.nodes = std::move(nodes);
      return;
    }
  }

  Program& p_;
  const PlanOptions& options_;
  const Compiler& compiler_;
  const uint32_t flags_;
  const Links links_;
  std::vector<std::pair<std::vector<uint32_t>, PlannedNode>> made_;
};

}  // namespace

Program claim_groups(Program p, const PlanOptions& options, Claim when) {
  const Compiler* c = options.backends.empty() ? nullptr : options.backends[0]->compiler();
  if (c != nullptr && options.fuse && !p.nodes.empty()) Claims(p, options, *c, when).accept();
  return p;
}

}  // namespace nnrun
