#include "core/ops/builder.h"

#include <cstring>

#include "core/ops/op.h"

namespace nnrun {

std::vector<Var> Builder::call(const std::string& op, std::span<const Var> in, const Attrs& attrs) {
  const OpDef& def = find_op(op);
  const int n = int(in.size());
  if (n < def.min_in || (def.max_in >= 0 && n > def.max_in)) {
    throw Error(Code::model, "[" + op + "] takes " + std::to_string(def.min_in) +
                                 (def.max_in == def.min_in ? ""
                                  : def.max_in < 0         ? " or more"
                                                           : " to " + std::to_string(def.max_in)) +
                                 " operands, not " + std::to_string(n));
  }
  const Attrs full = complete(def.attrs, attrs, "[" + op + "]");
  OpCall c{full, {}};
  std::vector<ValueId> ids;
  for (const Var& v : in) {
    c.in.push_back(v ? &type(v.id) : nullptr);
    ids.push_back(v ? v.id : kNoValue);
  }
  for (int i = 0; i < def.min_in; ++i) {
    if (!c.has(size_t(i))) {
      throw Error(Code::model, "[" + op + "] operand " + std::to_string(i) + " is absent");
    }
  }
  const std::vector<Type> types = def.infer(c);
  if (differentiable && def.compose && !def.gradient && !def.has(kNoGradient)) {
    return def.compose(*this, full, in);
  }
  for (const Type& t : types) checked_mul(t.shape.numel(), size_of(t.dtype));
  std::vector<Var> out;
  for (ValueId v : emit(op, full, ids, types)) out.push_back(Var{this, v});
  return out;
}

Var Builder::call1(const std::string& op, std::initializer_list<Var> in, const Attrs& attrs) {
  return call(op, std::span<const Var>(in.begin(), in.size()), attrs).at(0);
}

Var GraphBuilder::constant(Array value) {
  if (value.shape().empty()) {
    uint64_t bits = 0;
    std::memcpy(&bits, value.raw(), size_t(value.bytes()));
    auto [it, fresh] = scalars_.try_emplace({value.dtype(), bits}, kNoValue);
    if (fresh) it->second = graph.add_constant(std::move(value));
    return var(it->second);
  }
  return var(graph.add_constant(std::move(value)));
}

std::vector<ValueId> GraphBuilder::emit(const std::string& op, const Attrs& attrs,
                                        const std::vector<ValueId>& in,
                                        const std::vector<Type>& out) {
  std::string key = op + attrs.str();
  for (ValueId v : in) key += "," + std::to_string(v);
  auto [it, fresh] = made_.try_emplace(std::move(key));
  if (fresh) it->second = graph.add_node(Node{op, attrs, in, {}, layer, where, phase}, out);
  return it->second;
}

}  // namespace nnrun
