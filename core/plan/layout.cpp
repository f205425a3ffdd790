#include "core/plan/layout.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/plan/hoist.h"
#include "core/plan/measure.h"

namespace nnrun {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kSlow = 1e12;     // for what is the last choice
constexpr double kUntimed = 1e11;  // for what wants to be timed and was not
constexpr double kOpen = 2;        // estimates that differ by less may be wrong
constexpr double kQuick = 5000;    // ns that are not worth finding out more exactly
constexpr int kSweeps = 4;

/// Layouts by number; 0 is row-major.
using Layout = int;
constexpr Layout kFree = -1;  // of state that nobody has looked at yet

/// The backend whose layout it is.
std::string owner_of(const std::string& layout) {
  return layout.substr(0, layout.find_first_of(":!"));
}

/// One that a reorder makes for a kernel, and that nobody turns back: values in it are not those of
/// the tensor in another order, so that no other op works on them, and no state lies in it.
bool is_private(const std::string& layout) {
  return layout.find_first_of(":!") != std::string::npos &&
         layout[layout.find_first_of(":!")] == '!';
}

/// One way to compute a node.
struct Way {
  Choice choice;
  std::vector<Layout> layouts;  // by operand, inputs first
  double ns = 0;
};

class Layouter {
 public:
  Layouter(Program p, const PlanOptions& options)
      : p_(std::move(p)), options_(options), measure_(options) {}

  Program run() {
    if (!measure_.is_on() && std::none_of(p_.nodes.begin(), p_.nodes.end(), has_own_layouts))
      return std::move(p_);
    find_users();
    find_ways();
    measure_ways();
    const double before = cost_of_all();
    take_in_order();
    descend();
    for (const Layout l : layouts_of_values()) take_where_offered(l);
    const double after = cost_of_all();
    if (after == kNever || (after >= before && !stored_layouts_)) return std::move(p_);
    return rewritten();
  }

 private:
  static bool has_own_layouts(const PlannedNode& n) {
    return std::any_of(n.ways.begin(), n.ways.end(),
                       [](const KernelOffer& o) { return !o.layouts.empty(); });
  }

  struct User {
    size_t node, operand;
  };

  void find_users() {
    const size_t n = p_.storages.size();
    users_.resize(n);
    home_.assign(n, 0);
    sizes_.resize(n);
    laid_out_.assign(n, false);
    written_.assign(n, Operand::kAbsent);
    movable_.assign(n, false);
    for (uint32_t s = 0; s < n; ++s) movable_[s] = p_.storages[s].kind == ValueKind::state;
    source_of_.assign(n, {});
    output_.assign(n, false);
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      const PlannedNode& node = p_.nodes[i];
      for (size_t k = 0; k < node.in.size(); ++k) {
        if (!node.in[k].absent()) users_[node.in[k].storage].push_back({i, k});
      }
    }
    for (const auto& [state, value] : p_.writes) {
      written_[state] = value.storage;
      source_of_[value.storage].push_back(state);
      if (!is_whole(value, p_)) movable_[state] = false;
    }
    for (const auto& [name, o] : p_.outputs) output_[o.storage] = true;
    node_once_ = computed_once(p_);
    once_.assign(n, false);
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      for (const Operand& o : p_.nodes[i].out) {
        if (!o.absent()) once_[o.storage] = node_once_[i];
      }
    }
    const bool trains = std::any_of(p_.writes.begin(), p_.writes.end(), [&](const auto& w) {
      return p_.storages[w.first].is_parameter;
    });
    for (uint32_t s = 0; !trains && s < n; ++s) {
      if (movable_[s] && written_[s] == Operand::kAbsent) once_[s] = true;
    }
  }

  Layout number(const std::string& layout) {
    const auto it = std::find(names_.begin(), names_.end(), layout);
    if (it != names_.end()) return Layout(it - names_.begin());
    names_.push_back(layout);
    return Layout(names_.size() - 1);
  }

  static const Operand& operand(const PlannedNode& n, size_t k) {
    return k < n.in.size() ? n.in[k] : n.out[k - n.in.size()];
  }

  void find_ways() {
    ways_.resize(p_.nodes.size());
    at_.assign(p_.nodes.size(), 0);
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      const PlannedNode& n = p_.nodes[i];
      add(i, n.choice);
      for (const KernelOffer& o : n.ways) {
        if (!o.layouts.empty() || measure_.is_on()) add(i, Choice{o, n.choice.backend});
      }
      if (!has_own_layouts(n) && n.choice.backend >= 0) ask(i);
      keep_stored(i);
      for (const Way& w : ways_[i]) {
        for (size_t k = 0; k < w.layouts.size(); ++k) {
          if (w.layouts[k] == 0) continue;
          const Operand& o = operand(n, k);
          laid_out_[o.storage] = true;
          if (is_whole(o, p_)) sizes_[o.storage].emplace(w.layouts[k], w.choice.bytes[k]);
        }
      }
    }
    for (const auto& [state, value] : p_.writes) {
      sizes_[value.storage].insert(sizes_[state].begin(), sizes_[state].end());
      laid_out_[value.storage] = laid_out_[value.storage] || laid_out_[state];
    }
  }

  /// A way, unless it wants an operand in a layout that the operand cannot have.
  void add(size_t i, const Choice& c) {
    const PlannedNode& n = p_.nodes[i];
    const size_t operands = n.in.size() + n.out.size();
    Way w{c, std::vector<Layout>(operands, 0), c.est_ns};
    if (c.est_ns < 0) w.ns = kUntimed;
    if (node_once_[i]) w.ns = 0;
    if ((c.flags & NNR_K_REFERENCE) != 0) w.ns += kSlow;
    if (!c.layouts.empty()) {
      if (c.layouts.size() != operands) return;
      for (size_t k = 0; k < operands; ++k) {
        if (c.layouts[k].empty()) continue;
        const Operand& o = operand(n, k);
        if (o.absent() || !is_dense(o.view) || c.bytes[k] <= 0) return;
        w.layouts[k] = number(c.layouts[k]);
      }
    }
    for (const Way& known : ways_[i]) {
      if (known.choice.impl == w.choice.impl && known.layouts == w.layouts) return;
    }
    ways_[i].push_back(std::move(w));
  }

  /// What the backend offers when operands are in those of its layouts that they may come in: each
  /// in one that it has been seen in, and all of one shape in the same one.
  void ask(size_t i) {
    const PlannedNode& n = p_.nodes[i];
    const Backend& backend = *options_.backends[size_t(n.choice.backend)];
    const KernelSource source = kernels_of(n, n.choice.backend, options_);
    std::set<std::vector<Layout>> asked;
    const auto ask_for = [&](const auto& layout_of) {
      KernelOffer as;
      std::vector<Layout> layouts;
      for (size_t k = 0; k < n.in.size() + n.out.size(); ++k) {
        std::pair<Layout, int64_t> l = {0, -1};
        if (k < n.in.size() && !n.in[k].absent() && is_dense(n.in[k].view)) l = layout_of(n.in[k]);
        const std::string& name = names_[size_t(l.first)];
        if (owner_of(name) != backend.name() || is_private(name)) l = {0, -1};
        layouts.push_back(l.first);
        as.layouts.push_back(names_[size_t(l.first)]);
        as.bytes.push_back(l.second);
      }
      const bool own = std::any_of(layouts.begin(), layouts.end(), [](Layout l) { return l != 0; });
      if (!own || !asked.insert(layouts).second) return;
      const OpDesc d = describe(p_, n, options_, &as);
      std::string why;
      for (KernelOffer& o : all_offers(source.table, source.self, d,
                                       {options_.fast_math, options_.deterministic, {}}, &why)) {
        if (o.layouts.empty()) {
          o.layouts = as.layouts;
          o.bytes = as.bytes;
        }
        add(i, Choice{std::move(o), n.choice.backend});
      }
    };
    size_t most = 0;
    for (const Operand& o : n.in) {
      if (!o.absent() && is_whole(o, p_)) most = std::max(most, sizes_[o.storage].size());
    }
    for (size_t r = 0; r < most; ++r) {
      ask_for([&](const Operand& o) -> std::pair<Layout, int64_t> {
        const auto& sizes = sizes_[o.storage];
        if (sizes.empty() || !is_whole(o, p_)) return {0, -1};
        return *std::next(sizes.begin(), long(std::min(r, sizes.size() - 1)));
      });
    }
    for (const Operand& carrier : n.in) {
      if (carrier.absent() || !is_whole(carrier, p_)) continue;
      const Type& t = p_.storages[carrier.storage].type;
      for (const auto& [layout, bytes] : std::map(sizes_[carrier.storage])) {
        ask_for([&, l = layout, b = bytes](const Operand& o) -> std::pair<Layout, int64_t> {
          if (o.view.shape != t.shape) return {0, -1};
          return {l, b / size_of(t.dtype) * size_of(p_.storages[o.storage].type.dtype)};
        });
      }
    }
  }

  /// Times the ways that estimates leave open, of the longest nodes first.
  void measure_ways() {
    timed_.resize(ways_.size());
    if (!measure_.is_on()) return;
    std::vector<std::pair<double, size_t>> longest;
    for (size_t i = 0; i < ways_.size(); ++i) {
      if (ways_[i].size() > 1) longest.emplace_back(-quickest(i), i);
    }
    std::stable_sort(longest.begin(), longest.end());
    for (const auto& [ns, i] : longest) {
      if (-ns >= kQuick) measure_node(i);
    }
  }
  double quickest(size_t i) const {
    double ns = kNever;
    for (const Way& w : ways_[i]) ns = std::min(ns, w.ns);
    return ns;
  }
  void measure_node(size_t i) {
    const double least = quickest(i);
    const auto is_open = [&](const Way& w) { return w.ns == kUntimed || w.ns <= kOpen * least; };
    std::set<std::string> kernels;
    for (const Way& w : ways_[i]) {
      if (is_open(w)) kernels.insert(w.choice.impl);
    }
    if (kernels.size() < 2) return;
    std::vector<double> measured;
    double quickest_measured = kNever;
    for (const Way& w : ways_[i]) {
      if (!is_open(w)) continue;
      const std::optional<double> ns = measure_.time(p_, p_.nodes[i], w.choice, quickest_measured);
      if (!ns) return;  // all of them, or none
      measured.push_back(*ns);
      quickest_measured = std::min(quickest_measured, *ns);
    }
    timed_[i] = std::move(kernels);
    size_t k = 0;
    for (Way& w : ways_[i]) w.ns = is_open(w) ? measured[k++] : w.ns * quickest_measured / least;
  }

  void keep_stored(size_t i) {
    const PlannedNode& n = p_.nodes[i];
    const auto it = options_.stored.find({n.op, n.layer, n.operands});
    if (it == options_.stored.end()) return;
    std::vector<Way>& ways = ways_[i];
    for (Way& w : ways) {
      if (stored_form(w.choice, options_) != it->second) continue;
      stored_layouts_ = stored_layouts_ || !it->second.layouts.empty();
      ways = {Way(std::move(w))};
      return;
    }
    if (!it->second.layouts.empty()) {
      p_.note(n.op, stored_form(n.choice, options_).str(),
              "in this run it was " + it->second.str() + " in layouts that are not offered now");
    }
  }

  /// In ns; kNever when no backend does it.
  double reorder_cost(const PlannedStorage& from, const PlannedStorage& to) {
    const auto [it, is_new] =
        reorders_.try_emplace({from.type.str(), from.layout, to.layout}, kNever);
    if (is_new) {
      if (auto r = reordering(from, to, options_)) it->second = r->nodes[0].choice.est_ns;
    }
    return it->second;
  }
  double reorder_cost(uint32_t s, Layout from, Layout to) {
    if (from == to) return 0;
    const double ns = whole_reorder(s, from, to);
    return once_[s] && ns < kNever ? 0 : ns;  // not in the steps
  }
  double whole_reorder(uint32_t s, Layout from, Layout to) {
    const auto [it, is_new] = whole_reorders_.try_emplace({s, from, to}, 0);
    if (is_new) it->second = reorder_cost(in_layout(s, from), in_layout(s, to));
    return it->second;
  }
  PlannedStorage in_layout(const Type& t, Layout l, int64_t bytes) const {
    PlannedStorage s{t};
    if (l != 0) s.layout = names_[size_t(l)], s.bytes = bytes;
    return s;
  }
  PlannedStorage in_layout(uint32_t s, Layout l) const {
    return in_layout(p_.storages[s].type, l, l == 0 ? -1 : sizes_[s].at(l));
  }
  Type type_of_part(const Operand& o) const {
    return {p_.storages[o.storage].type.dtype, o.view.shape};
  }

  /// The layouts that somebody wants the whole of a storage in, and the reorders of parts of it.
  struct Wishes {
    std::vector<Layout> whole;
    double parts = 0;
  };
  Wishes wishes(uint32_t s) {
    Wishes r;
    const auto want = [&](Layout l) {
      if (l != kFree && std::find(r.whole.begin(), r.whole.end(), l) == r.whole.end()) {
        r.whole.push_back(l);
      }
    };
    for (const User& u : users_[s]) {
      if (at_[u.node] < 0) continue;
      const Layout l = way(u.node).layouts[u.operand];
      const Operand& o = p_.nodes[u.node].in[u.operand];
      if (is_whole(o, p_)) {
        want(l);
        continue;
      }
      want(0);
      if (l == 0) continue;
      const Type part = type_of_part(o);
      r.parts += reorder_cost(in_layout(part, 0, -1),
                              in_layout(part, l, way(u.node).choice.bytes[u.operand]));
    }
    for (uint32_t state : source_of_[s]) want(home_[state]);
    if (output_[s]) want(0);
    return r;
  }

  const Way& way(size_t node) const { return ways_[node][size_t(at_[node])]; }

  double storage_cost(uint32_t s) {
    if (!laid_out_[s]) return 0;  // such as a number that every update reads
    const Wishes w = wishes(s);
    double ns = w.parts;
    if (home_[s] == kFree) return ns;
    for (Layout l : w.whole) ns += reorder_cost(s, home_[s], l);
    return ns;
  }

  /// A node and what its choice decides: its operands' reorders.
  double cost_around(size_t i) {
    const PlannedNode& n = p_.nodes[i];
    double ns = way(i).ns;
    std::vector<uint32_t> seen;
    for (size_t k = 0; k < n.in.size() + n.out.size(); ++k) {
      const Operand& o = operand(n, k);
      if (o.absent() || std::find(seen.begin(), seen.end(), o.storage) != seen.end()) continue;
      seen.push_back(o.storage);
      ns += storage_cost(o.storage);
    }
    return ns;
  }

  void take(size_t i, size_t w) {
    at_[i] = int(w);
    const PlannedNode& n = p_.nodes[i];
    for (size_t k = 0; k < n.out.size(); ++k) {
      if (!n.out[k].absent()) home_[n.out[k].storage] = ways_[i][w].layouts[n.in.size() + k];
    }
  }

  /// The cheapest way of a node while all else stays. Was there a better one than now?
  bool take_best(size_t i) {
    if (ways_[i].size() == 1 && at_[i] == 0) return false;
    const int before = at_[i];
    size_t best = size_t(std::max(before, 0));
    double least = before < 0 ? kNever : cost_around(i);
    for (size_t w = 0; w < ways_[i].size(); ++w) {
      if (int(w) == before) continue;
      take(i, w);
      const double ns = cost_around(i);
      if (ns < least) least = ns, best = w;
    }
    take(i, best);
    return int(best) != before;
  }

  void take_in_order() {
    for (size_t i = 0; i < p_.nodes.size(); ++i) at_[i] = -1;
    for (uint32_t s = 0; s < p_.storages.size(); ++s) {
      if (movable_[s]) home_[s] = kFree;
    }
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      take_best(i);
      // State lies as its first user likes it.
      const PlannedNode& n = p_.nodes[i];
      for (size_t k = 0; k < n.in.size(); ++k) {
        if (!n.in[k].absent() && home_[n.in[k].storage] == kFree) {
          const Layout l = way(i).layouts[k];
          home_[n.in[k].storage] = is_whole(n.in[k], p_) && !is_private(names_[size_t(l)]) ? l : 0;
        }
      }
    }
    for (Layout& l : home_) l = std::max(l, 0);
  }

  /// Layouts that some node may leave a value in, for others to read.
  std::set<Layout> layouts_of_values() const {
    std::set<Layout> r;
    for (uint32_t s = 0; s < sizes_.size(); ++s) {
      if (users_[s].empty() || p_.storages[s].kind == ValueKind::state || !source_of_[s].empty())
        continue;
      for (const auto& [l, bytes] : sizes_[s]) r.insert(l);
    }
    return r;
  }

  /// One node at a time finds no way between two good choices when all nodes between them must
  /// change at once: so all that can work in a layout do, and improve from there.
  void take_where_offered(Layout l) {
    const std::vector<int> at = at_;
    const std::vector<Layout> home = home_;
    const double least = cost_of_all();
    for (size_t i = 0; i < p_.nodes.size(); ++i) {
      const std::vector<Way>& ways = ways_[i];
      size_t best = ways.size();
      for (size_t w = 0; w < ways.size(); ++w) {
        const std::vector<Layout>& of = ways[w].layouts;
        if (std::find(of.begin(), of.end(), l) == of.end()) continue;
        if (best == ways.size() || ways[w].ns < ways[best].ns) best = w;
      }
      if (best < ways.size()) take(i, best);
    }
    descend();
    if (cost_of_all() < least) return;
    at_ = at;
    home_ = home;
  }

  void descend() {
    for (int i = 0; i < kSweeps && improve(); ++i) {
    }
  }
  bool improve() {
    bool better = false;
    for (size_t i = p_.nodes.size(); i-- > 0;) better = take_best(i) || better;
    for (uint32_t s = 0; s < p_.storages.size(); ++s) better = move_state(s) || better;
    for (size_t i = 0; i < p_.nodes.size(); ++i) better = take_best(i) || better;
    return better;
  }

  bool move_state(uint32_t s) {
    if (!movable_[s] || sizes_[s].empty()) return false;
    const auto cost = [&] {
      return storage_cost(s) + (written_[s] == Operand::kAbsent ? 0 : storage_cost(written_[s]));
    };
    const Layout before = home_[s];
    Layout best = before;
    double least = cost();
    std::vector<Layout> all = {0};
    for (const auto& [l, bytes] : sizes_[s]) {
      if (!is_private(names_[size_t(l)])) all.push_back(l);
    }
    for (Layout l : all) {
      home_[s] = l;
      const double ns = cost();
      if (ns < least) least = ns, best = l;
    }
    home_[s] = best;
    return best != before;
  }

  double cost_of_all() {
    double ns = 0;
    for (size_t i = 0; i < p_.nodes.size(); ++i) ns += way(i).ns;
    for (uint32_t s = 0; s < p_.storages.size(); ++s) ns += storage_cost(s);
    return ns;
  }

  // ---- the program with what was chosen ----

  Program rewritten() {
    for (uint32_t s = 0; s < home_.size(); ++s) {
      const PlannedStorage in = in_layout(s, home_[s]);
      p_.storages[s].layout = in.layout;
      p_.storages[s].bytes = in.bytes;
    }
    std::vector<PlannedNode> nodes = std::move(p_.nodes);
    p_.nodes.clear();
    for (size_t i = 0; i < nodes.size(); ++i) {
      PlannedNode& n = nodes[i];
      const Way& w = way(i);
      for (size_t k = 0; k < n.in.size(); ++k) {
        if (n.in[k].absent()) continue;
        n.in[k] = wanted(n.in[k], w.layouts[k], w.layouts[k] == 0 ? -1 : w.choice.bytes[k], n);
      }
      n.choice = w.choice;
      for (Candidate& c : n.candidates) {  // an explanation was written before this choice
        if (c.backend == n.choice.backend && c.impl == n.choice.impl) {
          c.why_not.clear();
        } else if (c.backend == n.choice.backend && timed_[i].count(c.impl) != 0) {
          c.why_not = kTimedSlower;
        } else if (c.why_not.empty()) {
          c.why_not = kReordersSlower;
        }
      }
      p_.nodes.push_back(std::move(n));
    }
    const PlannedNode nobody;
    for (auto& [state, value] : p_.writes) {
      value = wanted(value, home_[state], p_.storages[state].bytes, nobody);
    }
    for (auto& [name, o] : p_.outputs) o = wanted(o, 0, -1, nobody);
    return std::move(p_);
  }

  /// The operand in that layout: as it is, or a reordered copy, made once, before `user`.
  Operand wanted(const Operand& o, Layout l, int64_t bytes, const PlannedNode& user) {
    if (is_whole(o, p_)) return l == home_[o.storage] ? o : reordered(o, l, bytes, user);
    Operand part = o;
    if (home_[o.storage] != 0) {
      const Shape& all = p_.storages[o.storage].type.shape;
      part.storage = reordered({o.storage, {all, all.row_major(), 0}}, 0, -1, user).storage;
    }
    return l == 0 ? part : reordered(part, l, bytes, user);
  }
  Operand reordered(Operand o, Layout l, int64_t bytes, const PlannedNode& user) {
    const auto key = std::tuple(o.storage, o.view.offset, o.view.shape.str(), l);
    if (const auto it = copies_.find(key); it != copies_.end()) return it->second;
    PlannedStorage from = p_.storages[o.storage];
    from.type.shape = o.view.shape;
    PlannedNode n = reordering(from, in_layout(from.type, l, bytes), options_)->nodes.at(0);
    o.view.strides = o.view.shape.row_major();
    n.in = {o};
    n.out = {{uint32_t(p_.storages.size()), {o.view.shape, o.view.strides, 0}}};
    n.layer = user.layer;
    n.where = user.where;
    p_.storages.push_back(in_layout(from.type, l, bytes));
    p_.storages.back().memory = from.memory;
    p_.nodes.push_back(std::move(n));
    return copies_[key] = p_.nodes.back().out[0];
  }

  Program p_;
  const PlanOptions& options_;
  Measure measure_;
  std::vector<std::string> names_ = {""};     // of layouts, by number
  std::vector<std::vector<Way>> ways_;        // by node
  std::vector<int> at_;                       // the way of each node; -1: none yet
  std::vector<std::set<std::string>> timed_;  // by node: implementations
  bool stored_layouts_ = false;               // a former plan had some
  // By storage.
  std::vector<std::vector<User>> users_;
  std::vector<Layout> home_;                      // where it lies
  std::vector<std::map<Layout, int64_t>> sizes_;  // layouts that some way has for it, in bytes
  std::vector<bool> laid_out_;                    // some way has it, or a part, in a layout
  std::vector<uint32_t> written_;                 // of state: its next value, or kAbsent
  std::vector<std::vector<uint32_t>> source_of_;  // the state it becomes
  std::vector<bool> output_;
  std::vector<bool> movable_;    // state that may lie in another layout
  std::vector<bool> once_;       // known before the steps
  std::vector<bool> node_once_;  // by node: so is what it makes
  std::map<std::tuple<std::string, std::string, std::string>, double> reorders_;
  std::map<std::tuple<uint32_t, Layout, Layout>, double> whole_reorders_;
  std::map<std::tuple<uint32_t, int64_t, std::string, Layout>, Operand> copies_;
};

}  // namespace

std::optional<Program> reordering(const PlannedStorage& from, const PlannedStorage& to,
                                  const PlanOptions& options) {
  const std::string owner = owner_of(from.layout.empty() ? to.layout : from.layout);
  Program p;
  const View whole{from.type.shape, from.type.shape.row_major(), 0};
  PlannedNode n{"reorder", {}, {{0, whole}}, {{1, whole}}, {}, "", {}, ""};
  p.storages = {from, to};
  for (PlannedStorage& s : p.storages) s.kind = ValueKind::node;
  for (size_t b = 0; b < options.backends.size(); ++b) {
    const Backend& backend = *options.backends[b];
    if (backend.name() != owner) continue;
    n.memory = memory_of(int(b), options);
    const OpDesc d = describe(p, n, options);
    std::string why;
    const std::optional<KernelOffer> o = best_offer(backend.table().kernels, backend.self(), d,
                                                    {options.fast_math, false, {}}, &why);
    if (!o) return std::nullopt;
    n.choice = {*o, int(b)};
    n.operands = Type(from.type).str() + " " + from.layout + " -> " + to.layout;
    p.nodes.push_back(std::move(n));
    return p;
  }
  return std::nullopt;
}

Program choose_layouts(Program p, const PlanOptions& options) {
  return Layouter(std::move(p), options).run();
}

}  // namespace nnrun
