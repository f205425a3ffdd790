#include "core/plan/simplify.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "core/ops/functions.h"

namespace nnrun {
namespace {

class Simplifier {
 public:
  explicit Simplifier(Graph g) : g_(std::move(g)), readers_(g_.values.size()) {
    constexpr uint32_t kOutside = kNoValue;
    for (uint32_t i = 0; i < g_.nodes.size(); ++i) {
      for (ValueId v : g_.nodes[i].in) {
        if (v != kNoValue) readers_[v].push_back(i);
      }
    }
    for (const Write& w : g_.writes) readers_[w.value].push_back(kOutside);
    for (const auto& [name, v] : g_.outputs) readers_[v].push_back(kOutside);
  }

  Graph run() {
    std::vector<Rule> rule(g_.nodes.size(), Rule::keep);
    for (uint32_t i = 0; i < g_.nodes.size(); ++i) {
      if (g_.nodes[i].op == "max_pool2d") turn_round(i, rule);
      if (g_.nodes[i].op == "batch_norm_inference") fold(i, rule);
    }
    if (std::all_of(rule.begin(), rule.end(), [](Rule r) { return r == Rule::keep; })) {
      return std::move(g_);
    }
    const std::vector<Node> old = std::move(g_.nodes);
    g_.nodes.clear();
    for (uint32_t i = 0; i < old.size(); ++i) {
      switch (rule[i]) {
        case Rule::keep: add(old[i]); break;
        case Rule::drop: break;
        case Rule::pool: add_pool(old[i], old[maker(old[i].in[0])]); break;
        case Rule::grad: add_grads(old[i], old[maker(old[i].in[0])], old); break;
        case Rule::norm: add_folded(old[i], old); break;
      }
    }
    return std::move(g_);
  }

 private:
  enum class Rule : uint8_t { keep, drop, pool, grad, norm };

  uint32_t maker(ValueId v) const { return g_.values[v].node; }
  bool made_by(ValueId v, const char* op) const {
    return v != kNoValue && maker(v) != kNoValue && g_.nodes[maker(v)].op == op;
  }
  /// The one that reads it, if that is a node.
  std::optional<uint32_t> reader(ValueId v) const {
    if (readers_[v].size() != 1 || readers_[v][0] == kNoValue) return std::nullopt;
    return readers_[v][0];
  }

  /// y = relu(x); p, index = max_pool2d(y), and in backward relu_grad(max_pool2d_grad(gp, index),
  /// y)
  void turn_round(uint32_t pool, std::vector<Rule>& rule) const {
    const Node& n = g_.nodes[pool];
    const ValueId y = n.in[0];
    if (!made_by(y, "relu")) return;
    std::optional<uint32_t> grad, pool_grad;
    for (uint32_t r : readers_[y]) {
      if (r == pool) continue;
      if (r == kNoValue || grad || g_.nodes[r].op != "relu_grad" || g_.nodes[r].in[1] != y) return;
      grad = r;
    }
    for (uint32_t r : readers_[n.out[1]]) {
      if (r == kNoValue || pool_grad || g_.nodes[r].op != "max_pool2d_grad") return;
      pool_grad = r;
    }
    if (grad.has_value() != pool_grad.has_value()) return;
    if (grad) {
      const ValueId g = g_.nodes[*pool_grad].out[0];
      if (g_.nodes[*grad].in[0] != g || reader(g) != grad) return;
      rule[*grad] = Rule::grad;
      rule[*pool_grad] = Rule::drop;
    }
    rule[maker(y)] = Rule::drop;
    rule[pool] = Rule::pool;
  }

  /// The cast of a 16-bit result to the dtype it is normalised in, where nobody else reads either.
  bool is_widening(ValueId v) const {
    return made_by(v, "cast") && reader(v) && reader(g_.nodes[maker(v)].in[0]) &&
           size_of(g_.type(g_.nodes[maker(v)].in[0]).dtype) < 4;
  }
  /// The parameter that a 16-bit one is a copy of; itself where it is none.
  ValueId original(ValueId v) const {
    return made_by(v, "cast") && size_of(g_.type(v).dtype) < 4 ? g_.nodes[maker(v)].in[0] : v;
  }

  /// A batch norm by parameters alone becomes weights and a bias of the convolution before it.
  /// Those of 16 bits are rounded once, after that.
  void fold(uint32_t norm, std::vector<Rule>& rule) {
    const Node& n = g_.nodes[norm];
    const bool widens = is_widening(n.in[0]);
    const ValueId y = widens ? g_.nodes[maker(n.in[0])].in[0] : n.in[0];
    if (!made_by(y, "conv2d") || (!widens && reader(y) != norm)) return;
    const DType t = g_.type(n.out[0]).dtype;
    if (!is_float(t) || size_of(t) < 4) return;
    std::vector<ValueId> parameters(n.in.begin() + 1, n.in.end());
    const Node& conv = g_.nodes[maker(y)];
    for (size_t i = 1; i < conv.in.size(); ++i) {
      parameters.push_back(widens && conv.in[i] != kNoValue ? original(conv.in[i]) : conv.in[i]);
    }
    const auto is_state = [&](ValueId v) {
      return v == kNoValue || (g_.values[v].kind == ValueKind::state && g_.type(v).dtype == t);
    };
    if (!std::all_of(parameters.begin(), parameters.end(), is_state)) return;
    for (size_t i = 1; widens && i < conv.in.size(); ++i) {
      const ValueId v = conv.in[i];
      if (v == kNoValue || original(v) == v) continue;
      original_[v] = original(v);
      if (reader(v)) rule[maker(v)] = Rule::drop;
    }
    if (widens) rule[maker(n.in[0])] = Rule::drop;
    rule[maker(y)] = Rule::drop;
    rule[norm] = Rule::norm;
  }

  void add(Node n) {
    for (ValueId v : n.out) g_.values[v].node = uint32_t(g_.nodes.size());
    g_.nodes.push_back(std::move(n));
  }
  ValueId new_value(const Type& t) {
    Value v;
    v.type = t;
    g_.values.push_back(std::move(v));
    return ValueId(g_.values.size() - 1);
  }

  void add_pool(Node pool, Node relu) {
    const ValueId p = pool.out[0], q = new_value(g_.type(p));
    pool.in[0] = relu.in[0];
    pool.out[0] = q;
    add(std::move(pool));
    relu.in[0] = q;
    relu.out[0] = p;
    add(std::move(relu));
  }

  void add_grads(Node relu_grad, Node pool_grad, const std::vector<Node>& old) {
    const ValueId gp = pool_grad.in[0], gx = relu_grad.out[0];
    const ValueId p = old[maker_of_index(pool_grad.in[1], old)].out[0];
    const ValueId gq = new_value(g_.type(gp));
    relu_grad.in = {gp, p};
    relu_grad.out = {gq};
    add(std::move(relu_grad));
    pool_grad.in[0] = gq;
    pool_grad.out = {gx};
    add(std::move(pool_grad));
  }
  static size_t maker_of_index(ValueId index, const std::vector<Node>& old) {
    return size_t(
        std::find_if(old.begin(), old.end(),
                     [&](const Node& n) { return n.op == "max_pool2d" && n.out[1] == index; }) -
        old.begin());
  }

  void add_folded(const Node& norm, const std::vector<Node>& old) {
    const Node& before = old[maker(norm.in[0])];
    const bool widens = before.op == "cast";
    const Node& conv = widens ? old[maker(before.in[0])] : before;
    GraphBuilder b(g_);
    b.layer = conv.layer;
    b.where = conv.where;
    const auto var = [&](const Node& n, size_t i) {
      if (i >= n.in.size() || n.in[i] == kNoValue) return Var{};
      const auto it = original_.find(n.in[i]);
      return b.var(it == original_.end() ? n.in[i] : it->second);
    };
    const Var w = var(conv, 1), conv_bias = var(conv, 2);
    const Var weight = var(norm, 1), bias = var(norm, 2), mean = var(norm, 3), v = var(norm, 4);
    Var scale = rsqrt(v + norm.attrs.number("eps"));
    if (weight) scale = weight * scale;
    Var shift = (conv_bias ? conv_bias - mean : neg(mean)) * scale;
    if (bias) shift = shift + bias;
    const Var scaled = w * reshape(scale, Shape{w.shape()[0], 1, 1, 1});
    const DType t = g_.type(conv.out[0]).dtype;
    Node n = conv;
    n.in = {conv.in[0], cast(scaled, t).id, cast(shift, t).id};
    n.out = {widens ? new_value(g_.type(conv.out[0])) : norm.out[0]};
    const ValueId y = n.out[0];
    add(std::move(n));
    if (!widens) return;
    Node wide = before;
    wide.in = {y};
    wide.out = norm.out;
    add(std::move(wide));
  }

  Graph g_;
  std::map<ValueId, ValueId> original_;         // of 16-bit parameters that are folded
  std::vector<std::vector<uint32_t>> readers_;  // nodes by value, once each time; kNoValue: others
};

}  // namespace

namespace {

/// What narrows a value that had been widened is the value: readers take that one.
Graph without_round_trips(Graph g) {
  std::vector<ValueId> same(g.values.size());
  std::iota(same.begin(), same.end(), ValueId{0});
  std::vector<size_t> readers(g.values.size());
  std::vector<Node> nodes = std::move(g.nodes);
  const auto maker = [&](ValueId v) -> const Node* {
    return g.values[v].node == kNoValue ? nullptr : &nodes[g.values[v].node];
  };
  const auto narrows_again = [&](const Node& n) {
    if (n.op != "cast" || n.in[0] == kNoValue) return false;
    const Node* before = maker(n.in[0]);
    if (before == nullptr || before->op != "cast") return false;
    const DType t = g.type(before->in[0]).dtype, wide = g.type(n.in[0]).dtype;
    return t == g.type(n.out[0]).dtype && is_float(t) && is_float(wide) &&
           size_of(t) < size_of(wide);
  };
  for (Node& n : nodes) {
    for (ValueId& v : n.in) {
      if (v != kNoValue) v = same[v];
    }
    if (narrows_again(n)) same[n.out[0]] = maker(n.in[0])->in[0];
  }
  for (Write& w : g.writes) w.value = same[w.value];
  for (auto& [name, v] : g.outputs) v = same[v];

  for (const Node& n : nodes) {
    for (ValueId v : n.in) {
      if (v != kNoValue) ++readers[v];
    }
  }
  for (const Write& w : g.writes) ++readers[w.value];
  for (const auto& [name, v] : g.outputs) ++readers[v];
  std::vector<bool> drop(nodes.size());
  for (size_t i = nodes.size(); i-- > 0;) {
    // Those that nobody reads any more: the narrowing, then the widening.
    const Node& n = nodes[i];
    if (n.op != "cast" || readers[n.out[0]] > 0) continue;
    drop[i] = true;
    --readers[n.in[0]];
  }
  g.nodes.clear();
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (drop[i]) continue;
    for (ValueId v : nodes[i].out) {
      if (v != kNoValue) g.values[v].node = uint32_t(g.nodes.size());
    }
    g.nodes.push_back(std::move(nodes[i]));
  }
  return g;
}

}  // namespace

Graph simplified(Graph g) { return without_round_trips(Simplifier(std::move(g)).run()); }

}  // namespace nnrun
