#include "backends/cuda/chain.h"

#include <algorithm>

#include "backends/cuda/map_text.h"

namespace nnrun::cuda {
namespace {

bool same(const MapOperand& a, const MapOperand& b) {
  return a.where.operand == b.where.operand && a.where.bytes == b.where.bytes &&
         a.strides == b.strides && a.dtype == b.dtype && a.raw == b.raw && a.single == b.single;
}

/// The number of an operand among the inputs of a map, to which it is added if it is new.
std::string input(Map& m, const MapOperand& o) {
  const auto it = std::find_if(m.in.begin(), m.in.end(),
                               [&](const MapOperand& other) { return same(o, other); });
  const std::string id = std::to_string(it - m.in.begin());
  if (it == m.in.end()) m.in.push_back(o);
  return id;
}

}  // namespace

std::optional<Map> chain_map(const Parts& parts, const std::vector<uint32_t>& nodes,
                             const Places& given, const Places& result, std::string* why) {
  const auto refuse = [&](const char* text) { return *why = text, std::nullopt; };
  std::map<uint32_t, std::string> made;  // variables, by value
  std::string store;
  Map m;
  m.stores = true;
  for (uint32_t k : nodes) {
    const std::optional<Part>& p = parts[k];
    if (!p) return refuse("an op that is no map");
    if (k == nodes[0]) m.shape = p->map.shape;
    if (p->map.shape != m.shape) return refuse("ops over several shapes");
    const std::string name = "part" + std::to_string(made.size());
    m.functions += p->map.functions + function_text(p->map, name);
    for (const char* text : p->map.parts) {
      if (std::count(m.parts.begin(), m.parts.end(), text) == 0) m.parts.push_back(text);
    }
    std::string call = name + "(i";
    for (size_t i = 0; i < p->in.size(); ++i) {
      if (const auto variable = made.find(p->in[i]); variable != made.end()) {
        if (!p->alike[i]) return refuse("a value that is made here and not read as it is");
        call += ", widen(" + variable->second + ")";
        continue;
      }
      const auto where = given(p->in[i]);
      if (!where) return refuse("an operand that is not given");
      MapOperand o = p->map.in[i];
      o.where = {where->operand, where->bytes + o.where.bytes};
      const std::string id = input(m, o);
      call += o.raw ? ", p" + id + ", o" + id : ", x" + id;
    }
    for (size_t i = 0; i < p->out.size(); ++i) {
      const std::string r = made[p->out[i]] = "r" + std::to_string(made.size());
      m.body += std::string(type_of(p->map.out[i].dtype)) + " " + r + "; ";
      call += ", " + r;
      const auto where = result(p->out[i]);
      if (!where) continue;
      store += "result" + std::to_string(m.out.size()) + " = " + r + "; ";
      m.out.push_back(p->map.out[i]);
      m.out.back().where = *where;
    }
    m.body += call + ");\n  ";
  }
  m.body += store;
  if (m.out.empty()) return refuse("no results");
  if (m.in.size() + m.out.size() > size_t(Walk::kMaxOperands)) return refuse("too many operands");
  return m;
}

}  // namespace nnrun::cuda
