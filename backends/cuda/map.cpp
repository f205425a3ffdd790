#include "backends/cuda/map.h"

#include <algorithm>

#include "backends/cuda/texts.h"

namespace nnrun::cuda {
namespace {

std::string text(size_t k) { return std::to_string(k); }

/// The operands of a map one after another: inputs, then outputs.
std::vector<const MapOperand*> all(const Map& m) {
  std::vector<const MapOperand*> r;
  for (const MapOperand& o : m.in) r.push_back(&o);
  for (const MapOperand& o : m.out) r.push_back(&o);
  return r;
}

/// void compute(a, i, inputs, outputs): the body as a function.
std::string compute(const Map& m) {
  std::string s = "__device__ inline void compute(const Args& a, i64 i";
  for (size_t k = 0; k < m.in.size(); ++k) {
    const DType t = m.in[k].dtype;
    s += m.in[k].raw ? std::string(", const ") + type_of(t) + "* p" + text(k) + ", i64 o" + text(k)
                     : std::string(", ") + wide_type_of(t) + " x" + text(k);
  }
  for (size_t k = 0; k < m.out.size(); ++k) {
    s += std::string(", ") + type_of(m.out[k].dtype) + "& result" + text(k);
  }
  s += ") {\n";
  if (m.stores) return s + "  " + m.body + "\n}\n";
  for (size_t k = 0; k < m.out.size(); ++k) {
    s += std::string("  ") + wide_type_of(m.out[k].dtype) + " y" + text(k) + ";\n";
  }
  s += "  " + m.body + "\n";
  for (size_t k = 0; k < m.out.size(); ++k) {
    s += "  result" + text(k) + " = convert<" + type_of(m.out[k].dtype) + ">(y" + text(k) + ");\n";
  }
  return s + "}\n";
}

/// The loop over single elements at any strides, from `first` on.
std::string element_loop(const Map& m, const std::string& first) {
  const auto operands = all(m);
  std::string s = "  for (i64 i = " + first + "; i < a.walk.numel; i += all_threads()) {\n";
  s += "    const Offsets<" + text(operands.size()) + "> o = locate<" + text(operands.size()) +
       ">(a.walk, i);\n    compute(a, i";
  for (size_t k = 0; k < operands.size(); ++k) {
    const std::string pointer = "p" + text(k), at = "o.at[" + text(k) + "]";
    if (operands[k]->raw) {
      s += ", " + pointer + ", " + at;
    } else if (k < m.in.size()) {
      s += ", widen(" + pointer + "[" + at + "])";
    } else {
      s += ", " + pointer + "[" + at + "]";
    }
  }
  return s + ");\n  }\n";
}

/// The loop over packs of V elements, when every address allows it.
std::string pack_loop(const Map& m, const Walk& w, int packed) {
  const auto operands = all(m);
  const std::string v = std::to_string(packed);
  const auto moves = [&](size_t k) { return w.stride[0][k] != 0; };
  std::string s = "  u64 address = 0;\n", load, call, store;
  for (size_t k = 0; k < operands.size(); ++k) {
    const std::string id = text(k), type = type_of(operands[k]->dtype);
    const std::string pack = "Pack<" + type + ", " + v + ">";
    if (operands[k]->raw) {
      call += ", p" + id + ", 0";
      continue;
    }
    if (moves(k)) {
      // An address that is a multiple of a pack's size stands for none that is not.
      s += "  address |= u64(p" + id + ") % sizeof(" + pack + ");\n";
    } else {
      s += "  const auto x" + id + " = a.walk.numel > 0 ? widen(p" + id +
           "[0]) : " + wide_type_of(operands[k]->dtype) + "(0);\n";
    }
    if (k < m.in.size()) {
      if (moves(k))
        load += "      const " + pack + " v" + id + " = ((const " + pack + "*)p" + id + ")[j];\n";
      call += moves(k) ? ", widen(v" + id + ".v[k])" : ", x" + id;
    } else {
      load += "      " + pack + " v" + id + ";\n";
      call += ", v" + id + ".v[k]";
      store += "      ((" + pack + "*)p" + id + ")[j] = v" + id + ";\n";
    }
  }
  s += "  i64 done = 0;\n  if (address == 0) {\n    const i64 packs = a.walk.numel / " + v + ";\n";
  s += "    for (i64 j = first_thread(); j < packs; j += all_threads()) {\n" + load;
  s += "#pragma unroll\n      for (int k = 0; k < " + v + "; ++k) compute(a, j * " + v + " + k" +
       call + ");\n" + store + "    }\n    done = packs * " + v + ";\n  }\n";
  return s;
}

}  // namespace

int packed_elements(const Map& m, const Walk& w) {
  if (w.rank != 1 || w.numel < 2) return 0;
  const auto operands = all(m);
  int widest = 1;
  for (size_t k = 0; k < operands.size(); ++k) {
    const bool input = k < m.in.size();
    if (operands[k]->raw && w.stride[0][k] != 0) return 0;
    if (w.stride[0][k] != 1 && !(input && w.stride[0][k] == 0)) return 0;
    if (w.stride[0][k] == 1) widest = std::max(widest, size_of(operands[k]->dtype));
  }
  return std::min(16 / widest, 8);
}

std::string map_text(const Map& m, const Walk& w, int packed) {
  const auto operands = all(m);
  std::string s = compute(m);
  s += "extern \"C\" __global__ void __launch_bounds__(256, 2) kernel(const __grid_constant__ Args "
       "a) "
       "{\n";
  for (size_t k = 0; k < operands.size(); ++k) {
    const std::string type =
        std::string(k < m.in.size() ? "const " : "") + type_of(operands[k]->dtype);
    s += "  " + type + "* const p" + text(k) + " = (" + type + "*)a.p[" + text(k) + "];\n";
  }
  if (packed > 0) s += pack_loop(m, w, packed);
  s += element_loop(m, packed > 0 ? "done + first_thread()" : "first_thread()");
  return s + "}\n";
}

MapOperand operand_over(const Desc& d, int i, const std::vector<int64_t>& shape) {
  return {d.operand(i).dtype(), strides_over(d.operand(i), shape), {i, 0}};
}

MapOperand address_of(const Desc& d, int i, const std::vector<int64_t>& shape) {
  return {d.operand(i).dtype(), std::vector<int64_t>(shape.size(), 0), {i, 0}, true};
}

void MapKernel::add_map(const Map& m) {
  std::vector<std::vector<int64_t>> strides;
  for (const MapOperand* o : all(m)) strides.push_back(o->strides);
  const Walk w = walk_of(m.shape, strides);
  if (w.numel == 0) return;
  const int packed = packed_elements(m, w);
  std::vector<const char*> parts = {text_types(), text_math(), text_walk()};
  parts.insert(parts.end(), m.parts.begin(), m.parts.end());
  Launch& l = add(parts, map_text(m, w, packed),
                  grid_for(w.numel, std::max(packed, 1), device().processors()));
  l.args.walk = w;
  std::copy(m.n.begin(), m.n.end(), l.args.n);
  std::copy(m.v.begin(), m.v.end(), l.args.v);
  const auto operands = all(m);
  for (size_t k = 0; k < operands.size(); ++k) l.pointer[k] = operands[k]->where;
}

}  // namespace nnrun::cuda
