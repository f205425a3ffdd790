#include <algorithm>
#include <optional>

#include "core/plan/program.h"
#include "core/plugin/call_kernels.h"
#include "core/plugin/offer.h"

namespace nnrun {
namespace {

View whole(const Shape& s) { return {s, s.row_major(), 0}; }

/// The nodes that outputs and writes depend on.
std::vector<bool> live_nodes(const Graph& g) {
  std::vector<bool> value(g.values.size(), false), node(g.nodes.size(), false);
  for (const Write& w : g.writes) value[w.value] = true;
  for (const auto& [name, v] : g.outputs) value[v] = true;
  for (size_t i = g.nodes.size(); i-- > 0;) {
    for (ValueId v : g.nodes[i].out) node[i] = node[i] || value[v];
    if (!node[i]) continue;
    for (ValueId v : g.nodes[i].in) {
      if (v != kNoValue) value[v] = true;
    }
  }
  return node;
}

class Placer {
 public:
  Placer(const PlanOptions& options)
      : options_(options), home_(options.backends.empty() ? kHostMemory : memory_of(0, options)) {}

  Program run(const Graph& g) {
    std::vector<Operand> at(g.values.size());
    for (ValueId v = 0; v < g.values.size(); ++v) {
      const Value& x = g.values[v];
      if (x.kind != ValueKind::node) {
        at[v] = add_storage({x.type, x.kind, x.name, x.constant, x.is_parameter, "", -1, home_});
      }
    }
    nodes(g, at);
    for (const Write& w : g.writes) {
      const Because because(this, "value of " + g.values[w.state].name, "");
      p_.writes.push_back({at[w.state].storage, writable(at[w.value])});
    }
    const Because because(this, "row-major output", "");
    for (const auto& [name, v] : g.outputs) p_.outputs[name] = contiguous(at[v]);
    return std::move(p_);
  }

 private:
  /// While it lives, the reason of the nodes that are made; for an explanation.
  class Because {
   public:
    Because(Placer* p, const std::string& what, const std::string& why) : p_(p), last_(p->reason_) {
      if (p->options_.explain) p->reason_ = what + (why.empty() ? "" : " (" + why + ")");
    }
    ~Because() { p_->reason_ = last_; }
    Because(const Because&) = delete;
    Because& operator=(const Because&) = delete;

   private:
    Placer* p_;
    const std::string last_;
  };

  Operand add_storage(PlannedStorage s) {
    const View v = whole(s.type.shape);
    p_.storages.push_back(std::move(s));
    return {uint32_t(p_.storages.size() - 1), v};
  }
  Operand add_storage(const Type& t, int memory) {
    return add_storage(PlannedStorage{t, ValueKind::node, "", {}, false, "", -1, memory});
  }

  void nodes(const Graph& g, std::vector<Operand>& at) {
    const std::vector<bool> live = live_nodes(g);
    for (size_t i = 0; i < g.nodes.size(); ++i) {
      if (!live[i]) continue;
      const Node& n = g.nodes[i];
      std::vector<Operand> in;
      for (ValueId v : n.in) in.push_back(v == kNoValue ? Operand{} : at[v]);
      std::vector<Type> out;
      for (ValueId v : n.out) out.push_back(g.type(v));
      const std::vector<Operand> r = node(n, in, out);
      for (size_t k = 0; k < r.size(); ++k) at[n.out[k]] = r[k];
    }
  }

  std::vector<Operand> node(const Node& n, const std::vector<Operand>& in,
                            const std::vector<Type>& out) {
    const OpDef& def = find_op(n.op);
    if (def.view) return {view(def, n, in)};
    std::string tried;
    if (auto r = by_kernel(def, n, in, out, 0, &tried)) return *r;
    if (auto r = by_wider_kernel(def, n, in, out, tried)) return *r;
    if (def.compose) {
      const Because because(this, "part of " + n.op, tried);
      return composed(def, n, in);
    }
    for (int b = 1; b < int(options_.backends.size()); ++b) {
      const std::string first = tried;
      const Because because(this, "fallback", first);
      if (auto r = by_kernel(def, n, in, out, b, &tried)) {
        if (options_.fallback_error) fail(n, out, tried);
        p_.note(n.op, options_.backends[size_t(b)]->name(), first);
        return *r;
      }
    }
    fail(n, out, tried);
  }

  [[noreturn]] static void fail(const Node& n, const std::vector<Type>& out,
                                const std::string& tried) {
    throw Error(Code::backend, "no backend in the list runs op '" + n.op + "'" +
                                   (n.layer.empty() ? "" : " of layer '" + n.layer + "'") +
                                   " for " + out.at(0).str() + ": " + tried)
        .at(n.where)
        .with_hint("add another backend to the list, e.g. backend: [..., reference]");
  }

  Operand view(const OpDef& def, const Node& n, const std::vector<Operand>& in) {
    const Type type{dtype(in[0]), in[0].view.shape};
    const OpCall c{n.attrs, {&type}};
    Operand r{in[0].storage, {}};
    if (def.view(c, in[0].view, &r.view)) return r;
    const Because because(this, "row-major operand of " + n.op, "");
    r = contiguous(in[0], &n);
    if (!def.view(c, Operand(r).view, &r.view)) {
      throw Error(Code::internal, "op '" + n.op + "' refuses a view of dense elements");
    }
    return r;
  }

  /// On backend b, strided operands as they are, else copied to row-major ones.
  std::optional<std::vector<Operand>> by_kernel(const OpDef& def, const Node& n,
                                                std::vector<Operand> in,
                                                const std::vector<Type>& out, int b,
                                                std::string* tried) {
    std::string why, strided_why;
    std::vector<KernelOffer> ways;
    std::optional<Choice> c = choose(def, n, in, out, b, &ways, &why);
    bool copied = false;
    if (!c && !all_dense(in)) {
      // Asked about dense operands first, so that no copy is made for nothing.
      std::vector<Operand> as_dense = in;
      for (Operand& o : as_dense) {
        if (!o.absent()) o.view = whole(o.view.shape);
      }
      strided_why = std::move(why);
      c = choose(def, n, as_dense, out, b, &ways, &why);
      copied = c.has_value();
    }
    if (!c) {
      *tried += (tried->empty() ? "" : "; ") + options_.backends[size_t(b)]->name() + ": " + why;
      return std::nullopt;
    }
    std::vector<Candidate> candidates = std::move(seen_);
    seen_.clear();
    if (copied) {
      const Because because(this, "row-major operand of " + n.op, strided_why);
      for (Operand& o : in) {
        if (!o.absent()) o = contiguous(o, &n);
      }
    }
    const int memory = memory_of(b, options_);
    for (Operand& o : in) {
      if (!o.absent()) o = in_memory(memory, o, n.op, n.layer, n.where, n.phase);
    }
    const StoredChoice* s = stored(n, in, out);
    if (s != nullptr && s->layouts.empty()) {  // the others come with the layouts
      const StoredChoice now = stored_form(*c, options_);
      if (*s != now) p_.note(n.op, now.str(), "in this run it was " + s->str());
    }
    PlannedNode planned{n.op,
                        n.attrs,
                        in,
                        {},
                        std::move(*c),
                        n.layer,
                        n.where,
                        operands_text(in, out),
                        std::move(ways),
                        n.phase,
                        std::move(candidates),
                        reason_};
    planned.memory = memory;
    for (const Type& t : out) planned.out.push_back(add_storage(t, memory));
    p_.nodes.push_back(std::move(planned));
    return p_.nodes.back().out;
  }

  /// By a kernel for float32 of the first backend, between casts: an op of 16-bit floats that has
  /// none of its own costs two passes, not a slow backend.
  std::optional<std::vector<Operand>> by_wider_kernel(const OpDef& def, const Node& n,
                                                      std::vector<Operand> in,
                                                      const std::vector<Type>& out,
                                                      const std::string& refusal) {
    const Because because(this, "in float32", refusal);
    const auto is_16_bit = [](DType t) { return is_float(t) && size_of(t) == 2; };
    const size_t nodes = p_.nodes.size(), storages = p_.storages.size();
    if (n.op == "cast") return std::nullopt;
    for (Operand& o : in) {
      if (!o.absent() && is_16_bit(dtype(o))) o = converted(n, o, DType::float32);
    }
    if (p_.nodes.size() == nodes) return std::nullopt;
    std::vector<Type> wide = out;
    for (Type& t : wide) {
      if (is_16_bit(t.dtype)) t.dtype = DType::float32;
    }
    std::string why;
    auto r = by_kernel(def, n, in, wide, 0, &why);
    if (!r) {  // the casts are taken back
      std::erase_if(elsewhere_, [&](const auto& e) { return e.second >= storages; });
      p_.nodes.erase(p_.nodes.begin() + long(nodes), p_.nodes.end());
      p_.storages.erase(p_.storages.begin() + long(storages), p_.storages.end());
      return std::nullopt;
    }
    for (size_t k = 0; k < out.size(); ++k) {
      if (wide[k] != out[k]) (*r)[k] = converted(n, (*r)[k], out[k].dtype);
    }
    return r;
  }

  Operand converted(const Node& of, const Operand& o, DType to) {
    Node cast;
    cast.op = "cast";
    cast.attrs = {{"dtype", to}};
    cast.layer = of.layer;
    cast.where = of.where;
    cast.phase = of.phase;
    return node(cast, {o}, {{to, o.view.shape}}).at(0);
  }

  static bool all_dense(const std::vector<Operand>& in) {
    return std::all_of(in.begin(), in.end(),
                       [](const Operand& o) { return o.absent() || is_dense(o.view); });
  }

  DType dtype(const Operand& o) const { return p_.storages[o.storage].type.dtype; }

  OpDesc desc(const Node& n, int rev, const std::vector<Operand>& in, const std::vector<Type>& out,
              int b) const {
    std::vector<OpDesc::Operand> i, o;
    for (const Operand& x : in) i.push_back(describe(p_, x));
    for (const Type& t : out) o.emplace_back(t);
    return OpDesc(n.op, rev, n.attrs, i, o,
                  {options_.threads, options_.fast_math, options_.deterministic,
                   options_.backends[size_t(b)]->device()});
  }

  /// "float32[2, 3], int64[2] -> float32[2]", with the strides that are not row-major.
  std::string operands_text(const std::vector<Operand>& in, const std::vector<Type>& out) const {
    std::string s;
    for (const Operand& o : in) {
      s += (s.empty() ? "" : ", ") +
           (o.absent() ? "none" : Type{dtype(o), o.view.shape}.str() + strides_text(o.view));
    }
    s += " ->";
    for (size_t k = 0; k < out.size(); ++k) s += (k ? ", " : " ") + out[k].str();
    return s;
  }

  /// What a former plan chose, or null.
  const StoredChoice* stored(const Node& n, const std::vector<Operand>& in,
                             const std::vector<Type>& out) const {
    if (options_.stored.empty()) return nullptr;
    const auto it = options_.stored.find({n.op, n.layer, operands_text(in, out)});
    return it == options_.stored.end() ? nullptr : &it->second;
  }

  std::optional<Choice> choose(const OpDef& def, const Node& n, const std::vector<Operand>& in,
                               const std::vector<Type>& out, int b, std::vector<KernelOffer>* ways,
                               std::string* why) {
    seen_.clear();
    std::optional<Choice> r = offered(def, n, in, out, b, ways, why);
    // An explanation names what the backends after this one would have offered, too.
    for (int later = b + 1; options_.explain && r && later < int(options_.backends.size());
         ++later) {
      const size_t first = seen_.size();
      std::string unused;
      std::vector<KernelOffer> others;
      offered(def, n, in, out, later, &others, &unused);
      for (size_t k = first; k < seen_.size(); ++k) {
        if (seen_[k].why_not.empty()) seen_[k].why_not = "a backend later in the list";
      }
    }
    return r;
  }

  std::optional<Choice> offered(const OpDef& def, const Node& n, const std::vector<Operand>& in,
                                const std::vector<Type>& out, int b, std::vector<KernelOffer>* ways,
                                std::string* why) {
    const OpDesc d = desc(n, def.rev, in, out, b);
    OfferLimits limits{options_.fast_math, options_.deterministic, {}};
    if (const StoredChoice* s = stored(n, in, out)) limits.wanted = s->impl;
    if (is_first_of_its_memory(b)) {
      if (const KernelSource own = plugin_kernels(def.plugin); own.table != nullptr) {
        if (auto c = best(own.table, own.self, d, limits, Choice::kPluginOp, ways, why)) {
          ways->clear();
          return c;
        }
      }
    }
    const Backend& backend = *options_.backends[size_t(b)];
    return best(backend.table().kernels, backend.self(), d, limits, b, ways, why);
  }

  /// A plug-in's own kernel is asked before the backends, for each memory.
  bool is_first_of_its_memory(int b) const {
    for (int earlier = 0; earlier < b; ++earlier) {
      if (memory_of(earlier, options_) == memory_of(b, options_)) return false;
    }
    return true;
  }

  std::optional<Choice> best(const nnr_kernels* table, void* self, const OpDesc& d,
                             const OfferLimits& limits, int backend, std::vector<KernelOffer>* ways,
                             std::string* why) {
    std::vector<SeenOffer> seen;
    std::vector<SeenOffer>* see = options_.explain ? &seen : nullptr;
    *ways = all_offers(table, self, d, limits, why, see);
    const KernelOffer* o = best_of(*ways, limits, why, see);
    for (SeenOffer& s : seen) seen_.push_back({std::move(s), backend});
    return o == nullptr ? std::nullopt : std::optional(Choice{*o, backend});
  }

  std::vector<Operand> composed(const OpDef& def, const Node& n, const std::vector<Operand>& in) {
    Graph g;
    GraphBuilder b(g);
    b.layer = n.layer;
    b.where = n.where;
    b.phase = n.phase;
    std::vector<Var> vars;
    std::vector<Operand> at;
    for (const Operand& o : in) {
      if (o.absent()) {
        vars.push_back({});
        continue;
      }
      const PlannedStorage& s = p_.storages[o.storage];
      vars.push_back(b.var(g.add_input("", {s.type.dtype, o.view.shape})));
      at.push_back(o);
    }
    const std::vector<Var> results = def.compose(b, n.attrs, vars);
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i]) g.outputs[std::to_string(i)] = results[i].id;
    }
    at.resize(g.values.size());
    for (ValueId v = 0; v < g.values.size(); ++v) {
      const Value& x = g.values[v];
      if (x.kind == ValueKind::constant)
        at[v] = add_storage({x.type, x.kind, "", x.constant, false, "", -1, home_});
    }
    nodes(g, at);
    std::vector<Operand> r;
    for (const Var& v : results) r.push_back(v ? at[v.id] : Operand{});
    return r;
  }

  /// The same elements, row-major: copied when they are not, for that node.
  Operand contiguous(const Operand& o, const Node* to = nullptr) {
    if (is_dense(o.view))
      return {o.storage, {o.view.shape, o.view.shape.row_major(), o.view.offset}};
    return copied(o, to);
  }

  Operand copied(const Operand& o, const Node* to = nullptr) {
    Node copy;
    copy.op = "copy";
    if (to != nullptr) {
      copy.layer = to->layer;
      copy.where = to->where;
      copy.phase = to->phase;
    } else {
      copy.phase = Phase::update;
    }
    return node(copy, {o}, {{dtype(o), o.view.shape}}).at(0);
  }

  /// The operand in that memory: as it is, or a copy of its storage, made once, before who wants
  /// it.
  Operand in_memory(int memory, Operand o, const std::string& op, const std::string& layer,
                    const Where& where, Phase phase) {
    const PlannedStorage from = p_.storages[o.storage];
    if (from.memory == memory) return o;
    if (const auto it = elsewhere_.find({o.storage, memory}); it != elsewhere_.end()) {
      o.storage = it->second;
      return o;
    }
    const uint32_t of = o.storage;
    if (from.kind == ValueKind::input || from.kind == ValueKind::constant) {
      PlannedStorage twin = from;  // what is given comes from the host: to each memory by itself
      twin.memory = memory;
      o.storage = add_storage(std::move(twin)).storage;
    } else if (from.memory != kHostMemory && memory != kHostMemory) {
      o = in_memory(kHostMemory, o, op, layer, where, phase);
      o = in_memory(memory, o, op, layer, where, phase);
    } else {
      const Because because(this, "operand of " + op, "");
      PlannedNode n;
      n.op = "transfer";
      n.in = {{of, whole(from.type.shape)}};
      n.out = {add_storage(from.type, memory)};
      n.choice.backend = Choice::kTransfer;
      n.choice.impl = name_of_memory(from.memory) + "->" + name_of_memory(memory);
      n.layer = layer;
      n.where = where;
      n.phase = phase;
      n.operands = from.type.str() + " -> " + from.type.str();
      n.reason = reason_;
      n.memory = from.memory != kHostMemory ? from.memory : memory;
      o.storage = n.out[0].storage;
      p_.nodes.push_back(std::move(n));
    }
    elsewhere_[{of, memory}] = o.storage;
    return o;
  }
  std::string name_of_memory(int memory) const {
    return memory == kHostMemory ? "host" : options_.backends[size_t(memory)]->name();
  }

  /// A value as the source of a write: dense, and not itself state, so that the order of writes
  /// does not matter.
  Operand writable(const Operand& o) {
    const Operand c = contiguous(o);
    const PlannedStorage& s = p_.storages[c.storage];
    if (s.kind == ValueKind::node && c.view.offset == 0 &&
        c.view.shape.numel() == s.type.shape.numel()) {
      return at_home(c);
    }
    return at_home(copied(c));
  }
  Operand at_home(const Operand& o) { return in_memory(home_, o, "state", "", {}, Phase::update); }

  const PlanOptions& options_;
  const int home_;  // the memory of the first backend: state and data lie there
  Program p_;
  std::map<std::pair<uint32_t, int>, uint32_t> elsewhere_;  // copies of storages by memory
  std::vector<Candidate> seen_;                             // by the latest choose()
  std::string reason_;
};

}  // namespace

Program place(const Graph& g, const PlanOptions& options) { return Placer(options).run(g); }

}  // namespace nnrun
