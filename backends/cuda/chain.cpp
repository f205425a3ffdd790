#include "backends/cuda/chain.h"

#include <algorithm>
#include <set>

#include "backends/cuda/body.h"
#include "backends/cuda/units.h"

namespace nnrun::cuda {
namespace {

bool same(const MapOperand& a, const MapOperand& b) {
  return a.where.operand == b.where.operand && a.where.bytes == b.where.bytes &&
         a.strides == b.strides && a.raw == b.raw && a.dtype == b.dtype;
}

/// A group as one map, whose body calls those of its nodes. Values are r<id> where they are made.
std::optional<Map> chain_map(const Desc& d, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  if (d.body() == nullptr || d.outputs() == 0) return refuse("a group without a body");
  const nnr_graph& g = *d.body();
  const Body body(d);
  std::set<uint32_t> made;
  Map m;
  m.shape = d.out(0).shape();
  m.stores = true;
  for (uint32_t k = 0; k < g.n_node; ++k) {
    if (op_of(*g.node[k]) == "as_strided") continue;
    const std::optional<Part> p = part_of(g, *g.node[k], Role::value, why);
    if (!p) return std::nullopt;
    if (p->map.shape != m.shape) return refuse("ops over several shapes");
    const std::string name = "part" + std::to_string(k);
    m.functions += p->map.functions + function_text(p->map, name);
    for (const char* text : p->map.parts) {
      if (std::count(m.parts.begin(), m.parts.end(), text) == 0) m.parts.push_back(text);
    }
    std::string call = name + "(i";
    for (size_t i = 0; i < p->in.size(); ++i) {
      if (made.count(p->in[i]) != 0) {
        if (!p->alike[i]) return refuse("a value that is made here and not read as it is");
        call += ", widen(r" + std::to_string(p->in[i]) + ")";
        continue;
      }
      const auto where = body.given(p->in[i]);
      if (!where) return refuse("an operand that is not given");
      MapOperand o = p->map.in[i];
      o.where = {where->operand, where->bytes + o.where.bytes};
      const auto seen = std::find_if(m.in.begin(), m.in.end(),
                                     [&](const MapOperand& other) { return same(o, other); });
      const std::string id = std::to_string(seen - m.in.begin());
      if (seen == m.in.end()) m.in.push_back(o);
      call += o.raw ? ", p" + id + ", o" + id : ", x" + id;
    }
    for (size_t i = 0; i < p->out.size(); ++i) {
      made.insert(p->out[i]);
      const std::string r = "r" + std::to_string(p->out[i]);
      m.body += std::string(type_of(p->map.out[i].dtype)) + " " + r + "; ";
      call += ", " + r;
    }
    m.body += call + ");\n  ";
  }
  for (int i = 0; i < d.outputs(); ++i) {
    const uint32_t value = g.out[i];
    if (made.count(value) == 0 || d.out(i).shape() != m.shape) return refuse("other results");
    m.out.push_back(operand_over(d, d.inputs() + i, m.shape));
    m.body += "result" + std::to_string(i) + " = r" + std::to_string(value) + "; ";
  }
  if (m.in.size() + m.out.size() > size_t(Walk::kMaxOperands)) return refuse("too many operands");
  return m;
}

class Chain : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    std::string why;
    const std::optional<Map> m = chain_map(d, &why);
    if (!m) return no(why);
    Offer o = accept(d, std::vector<uint64_t>(size_t(d.inputs() + d.outputs()), kAllDTypes));
    for (int i = 0; o.why_not.empty() && i < d.inputs(); ++i) {
      for (int k = 0; k < d.outputs(); ++k) {
        if (may_share(*m, d, i, k)) o.inplace.push_back({uint32_t(i), uint32_t(k)});
      }
    }
    return o;
  }
  explicit Chain(const Desc& d) : MapKernel(d) {
    std::string why;
    const std::optional<Map> m = chain_map(d, &why);
    if (!m) throw Failure(NNR_E_UNSUPPORTED, why);
    add_map(*m);
  }

 private:
  /// Whether element i of the input is read by nobody but the thread that writes element i of the
  /// output.
  static bool may_share(const Map& m, const Desc& d, int input, int output) {
    return same_places(d.in(input), d.out(output)) &&
           std::all_of(m.in.begin(), m.in.end(), [&](const MapOperand& o) {
             return o.where.operand != input ||
                    (!o.raw && o.where.bytes == 0 && o.strides == m.out[size_t(output)].strides);
           });
  }
};

/// Unites the nodes of a graph into chains.
class Claims {
 public:
  explicit Claims(const nnr_graph& g)
      : graph_(g), makers_(makers_of(g)), readers_(readers_of(g)), units_(g, readers_) {
    std::string ignored;
    for (uint32_t k = 0; k < g.n_node; ++k) {
      parts_.push_back(part_of(g, *g.node[k], Role::value, &ignored));
      if (parts_[k]) join(k);
    }
  }

  void name(nnr_group_fn group, void* arg) const {
    constexpr double kLaunch = 2000, kPass = 0.008;  // ns, and for an element written and read
    for (uint32_t k = 0; k < graph_.n_node; ++k) {
      const std::vector<uint32_t>& nodes = units_.members(k);
      if (nodes.size() < 2 || nodes[0] != k) continue;
      const double numel = double(Operand(graph_.val[parts_[k]->out[0]]).numel());
      group(arg, nodes.data(), uint32_t(nodes.size()),
            double(nodes.size() - 1) * (kLaunch + kPass * numel));
    }
  }

 private:
  /// To the chains that make what node k reads.
  void join(uint32_t k) {
    for (uint32_t value : parts_[k]->in) {
      const uint32_t maker = makers_[value];
      if (maker == NNR_NONE || !parts_[maker] || units_.together(maker, k)) continue;
      if (parts_[maker]->map.shape != parts_[k]->map.shape || !fits(maker, k)) continue;
      if (!units_.path_around(maker, k)) units_.unite(maker, k);
    }
  }
  /// Whether the chains of two nodes are one that a kernel can be.
  bool fits(uint32_t a, uint32_t b) const {
    constexpr size_t kMostNodes = 64;  // what a compiler is quick with
    std::vector<uint32_t> nodes = units_.members(a);
    nodes.insert(nodes.end(), units_.members(b).begin(), units_.members(b).end());
    if (nodes.size() > kMostNodes) return false;
    const auto inside = [&](uint32_t node) {
      return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    };
    std::set<uint32_t> operands;
    for (uint32_t k : nodes) {
      const Part& p = *parts_[k];
      for (size_t i = 0; i < p.in.size(); ++i) {
        const uint32_t maker = makers_[p.in[i]];
        if (maker == NNR_NONE || !inside(maker)) {
          operands.insert(p.in[i]);
        } else if (!p.alike[i]) {
          return false;
        }
      }
      for (uint32_t value : p.out) {
        const std::vector<uint32_t>& by = readers_[value];
        if (!std::all_of(by.begin(), by.end(), inside)) operands.insert(value);
      }
    }
    return operands.size() <= size_t(Walk::kMaxOperands);
  }

  const nnr_graph& graph_;
  const std::vector<uint32_t> makers_;
  const std::vector<std::vector<uint32_t>> readers_;
  std::vector<std::optional<Part>> parts_;  // by node
  Units units_;
};

}  // namespace

void claim_chains(const nnr_graph& g, nnr_group_fn group, void* arg) { Claims(g).name(group, arg); }

KernelDef chain_kernel() { return kernel<Chain>("group", "chain"); }

}  // namespace nnrun::cuda
