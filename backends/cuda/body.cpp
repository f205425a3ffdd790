#include "backends/cuda/body.h"

#include <algorithm>

namespace nnrun::cuda {
namespace {

std::optional<Launch::Pointer> find(const std::map<uint32_t, Launch::Pointer>& in, uint32_t value) {
  const auto it = in.find(value);
  return it == in.end() ? std::nullopt : std::optional(it->second);
}

std::optional<Part> part_of(const nnr_graph& g, const nnr_node& n) {
  const MapRule* rule = map_rule(op_of(n));
  if (rule == nullptr) return std::nullopt;
  const NodeDesc node(g, n);
  const Desc d = node.desc();
  if (!rule->offer(d).why_not.empty()) return std::nullopt;
  Part p{rule->map(d), {}, {}, {}};
  if (p.map.takes_args()) return std::nullopt;
  const auto over = [&](const MapOperand& m) {
    return !m.raw && !m.single && m.where.bytes == 0 &&
           d.operand(m.where.operand).shape() == p.map.shape &&
           m.strides == strides_over(d.operand(m.where.operand), p.map.shape);
  };
  for (const MapOperand& m : p.map.in) {
    p.in.push_back(n.in[m.where.operand]);
    p.alike.push_back(over(m));
  }
  for (const MapOperand& m : p.map.out) {
    if (!over(m)) return std::nullopt;  // it moves its elements
    p.out.push_back(n.out[m.where.operand - d.inputs()]);
  }
  return p;
}

}  // namespace

Parts parts_of(const nnr_graph& g) {
  Parts r;
  for (uint32_t k = 0; k < g.n_node; ++k) r.push_back(part_of(g, *g.node[k]));
  return r;
}

Body::Body(const Desc& group) {
  const nnr_graph& g = *group.body();
  for (uint32_t i = 0; i < g.n_in; ++i) given_[g.in[i]] = {int(i), 0};
  for (uint32_t i = 0; i < g.n_out; ++i) result_[g.out[i]] = {int(g.n_in + i), 0};
  for (uint32_t k = 0; k < g.n_node; ++k) {
    const nnr_node& n = *g.node[k];
    if (op_of(n) != "as_strided") continue;
    const auto base = given(n.in[0]);
    if (!base) continue;  // a window onto what the group makes
    const int64_t offset = Attrs(n.attr, n.n_attr).integer("offset");
    const int64_t bytes = offset * size_of(Operand(g.val[n.out[0]]).dtype());
    given_[n.out[0]] = {base->operand, base->bytes + bytes};
  }
}

std::optional<Launch::Pointer> Body::given(uint32_t value) const { return find(given_, value); }
std::optional<Launch::Pointer> Body::result(uint32_t value) const { return find(result_, value); }

}  // namespace nnrun::cuda
