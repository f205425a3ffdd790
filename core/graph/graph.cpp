#include "core/graph/graph.h"

namespace nnrun {

const char* name_of(Phase p) {
  return p == Phase::forward ? "forward" : p == Phase::backward ? "backward" : "update";
}

ValueId Graph::add_input(const std::string& name, const Type& t) {
  Value v;
  v.type = t;
  v.kind = ValueKind::input;
  v.name = name;
  values.push_back(std::move(v));
  return ValueId(values.size() - 1);
}

ValueId Graph::add_state(const std::string& name, const Type& t, bool is_parameter) {
  const auto [it, is_new] = states.try_emplace(name, ValueId(values.size()));
  if (!is_new) {
    if (type(it->second) != t) throw Error(Code::internal, "state '" + name + "' has two types");
    return it->second;
  }
  const ValueId id = add_input(name, t);
  values[id].kind = ValueKind::state;
  values[id].is_parameter = is_parameter;
  return id;
}

ValueId Graph::add_constant(Array a) {
  Value v;
  v.type = {a.dtype(), a.shape()};
  v.kind = ValueKind::constant;
  v.constant = std::move(a);
  values.push_back(std::move(v));
  return ValueId(values.size() - 1);
}

std::vector<ValueId> Graph::add_node(Node n, const std::vector<Type>& out) {
  for (const Type& t : out) {
    Value v;
    v.type = t;
    v.node = uint32_t(nodes.size());
    values.push_back(std::move(v));
    n.out.push_back(ValueId(values.size() - 1));
  }
  nodes.push_back(std::move(n));
  return nodes.back().out;
}

std::string Graph::str() const {
  std::string s;
  auto id = [](ValueId v) { return v == kNoValue ? std::string("none") : "%" + std::to_string(v); };
  for (ValueId v = 0; v < values.size(); ++v) {
    const Value& x = values[v];
    if (x.kind == ValueKind::input)
      s += id(v) + " = input '" + x.name + "' : " + x.type.str() + "\n";
    if (x.kind == ValueKind::state)
      s += id(v) + " = state '" + x.name + "' : " + x.type.str() + "\n";
    if (x.kind == ValueKind::constant) {
      s += id(v) + " = constant " +
           (x.type.shape.empty() ? AttrValue(x.constant.at(0)).str() + " " : "") + ": " +
           x.type.str() + "\n";
    }
  }
  for (const Node& n : nodes) {
    for (size_t i = 0; i < n.out.size(); ++i) s += (i ? ", " : "") + id(n.out[i]);
    s += " = " + n.op + "(";
    for (size_t i = 0; i < n.in.size(); ++i) s += (i ? ", " : "") + id(n.in[i]);
    s += ")";
    if (!n.attrs.empty()) s += " " + n.attrs.str();
    s += " : ";
    for (size_t i = 0; i < n.out.size(); ++i) s += (i ? ", " : "") + type(n.out[i]).str();
    if (!n.layer.empty()) s += "  # " + n.layer;
    s += "\n";
  }
  for (const Write& w : writes) s += "'" + values[w.state].name + "' := " + id(w.value) + "\n";
  for (const auto& [name, v] : outputs) s += "output '" + name + "' = " + id(v) + "\n";
  return s;
}

}  // namespace nnrun
