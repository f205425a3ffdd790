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

/// How a kernel begins that takes one argument of that type.
std::string kernel_head(const std::string& argument) {
  return "extern \"C\" __global__ void __launch_bounds__(256, 2) kernel(const __grid_constant__ " +
         argument + ") {\n";
}
/// The call of the body: what of operand k is passed is said by argument(k).
template <class F> std::string call(const Map& m, const std::string& i, F&& argument) {
  std::string s = std::string("compute(") + (m.takes_args() ? "a, " : "") + i;
  for (size_t k = 0; k < m.in.size() + m.out.size(); ++k) s += ", " + argument(k);
  return s + ");\n";
}
/// The address of operand k, some elements further, as the variable p<k>.
std::string pointer(const Map& m, size_t k, const std::string& address,
                    const std::string& further = "") {
  const std::string type =
      std::string(k < m.in.size() ? "const " : "") + type_of(all(m)[k]->dtype) + "*";
  return type + " const p" + text(k) + " = (" + type + ")" + address + further + ";\n";
}

/// The loop over elements at any strides of a.walk.
std::string element_loop(const Map& m) {
  const auto operands = all(m);
  const std::string n = text(operands.size());
  return "  for (i64 i = first_thread(); i < a.walk.numel; i += all_threads()) {\n"
         "    const Offsets<" +
         n + "> o = locate<" + n + ">(a.walk, i);\n    " +
         call(m, "i",
              [&](size_t k) {
                const std::string p = "p" + text(k), at = "o.at[" + text(k) + "]";
                if (operands[k]->raw) return p + ", " + at;
                return k < m.in.size() ? "widen(" + p + "[" + at + "])" : p + "[" + at + "]";
              }) +
         "  }\n";
}

/// The loops of operands that are contiguous, or do not move: over packs of V elements where every
/// address allows it, and over the elements that are left. Of `numel` elements, those from `first`
/// on in steps of `all`; they are numbered from `start` on.
std::string packed_loops(const Map& m, const std::vector<bool>& moves, int packed) {
  const auto operands = all(m);
  const std::string v = std::to_string(packed);
  std::string check = "    u64 address = 0;\n", load, store;
  for (size_t k = 0; k < operands.size(); ++k) {
    if (operands[k]->raw) continue;
    const std::string id = text(k), type = type_of(operands[k]->dtype);
    const std::string pack = "Pack<" + type + ", " + v + ">";
    if (!moves[k]) {
      check += "    const auto x" + id + " = numel > 0 ? widen(p" + id +
               "[0]) : " + wide_type_of(operands[k]->dtype) + "(0);\n";
      continue;
    }
    // An address that is a multiple of a pack's size stands for none that is not.
    check += "    address |= u64(p" + id + ") % sizeof(" + pack + ");\n";
    if (k < m.in.size()) {
      load += "        const " + pack + " v" + id + " = ((const " + pack + "*)p" + id + ")[j];\n";
    } else {
      load += "        " + pack + " v" + id + ";\n";
      store += "        ((" + pack + "*)p" + id + ")[j] = v" + id + ";\n";
    }
  }
  const auto argument = [&](size_t k, const std::string& element) {
    if (operands[k]->raw) return "p" + text(k) + ", 0";
    if (!moves[k]) return "x" + text(k);
    return k < m.in.size() ? "widen(" + element + ")" : element;
  };
  return check + "    i64 done = 0;\n    if (address == 0) {\n      const i64 packs = numel / " +
         v + ";\n      for (i64 j = first; j < packs; j += all) {\n" + load +
         "#pragma unroll\n        for (int k = 0; k < " + v + "; ++k) " +
         call(m, "start + j * " + v + " + k",
              [&](size_t k) { return argument(k, "v" + text(k) + ".v[k]"); }) +
         store + "      }\n      done = packs * " + v +
         ";\n    }\n    for (i64 i = done + first; i < numel; i += all) " +
         call(m, "start + i", [&](size_t k) { return argument(k, "p" + text(k) + "[i]"); });
}

/// Whether each element of a map has one of its own.
bool moves(const MapOperand& o) { return !o.raw && !o.single; }

int elements_of_16_bytes(int widest) { return std::min(16 / widest, 8); }

/// Elements of a stream that a block takes at a time: enough to outweigh the search for the stream.
constexpr uint64_t kChunk = 4096;
/// What a kernel may take by value from sm_70 on.
constexpr size_t kMostBytes = 32764;

int64_t numel_of(const Map& m) {
  int64_t n = 1;
  for (int64_t s : m.shape) n *= s;
  return n;
}

std::vector<const char*> parts_of(const Map& m) {
  std::vector<const char*> parts = {text_types(), text_math(), text_walk()};
  parts.insert(parts.end(), m.parts.begin(), m.parts.end());
  return parts;
}

}  // namespace

std::string function_text(const Map& m, const std::string& name) {
  std::string s =
      "__device__ inline void " + name + "(" + (m.takes_args() ? "const Args& a, " : "") + "i64 i";
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
  // What has arguments of its own has loops, too, and no registers for eight of them.
  return std::min(elements_of_16_bytes(widest), m.takes_args() ? 4 : 8);
}

std::string map_text(const Map& m, const Walk& w, int packed) {
  const size_t n = m.in.size() + m.out.size();
  std::string s = m.functions + function_text(m, "compute") + kernel_head("Args a");
  for (size_t k = 0; k < n; ++k) s += "  " + pointer(m, k, "a.p[" + text(k) + "]");
  if (packed == 0) return s + element_loop(m) + "}\n";
  std::vector<bool> moves;
  for (size_t k = 0; k < n; ++k) moves.push_back(w.stride[0][k] != 0);
  return s +
         "  const i64 numel = a.walk.numel, start = 0, first = first_thread(), all = "
         "all_threads();\n" +
         packed_loops(m, moves, packed) + "}\n";
}

bool is_stream(const Map& m) {
  const std::vector<int64_t> contiguous = row_major(m.shape);
  for (const MapOperand* o : all(m)) {
    for (size_t i = 0; i < m.shape.size() && moves(*o); ++i) {
      if (m.shape[i] != 1 && o->strides[i] != contiguous[i]) return false;
    }
  }
  return !m.takes_args();
}

std::string stream_text(const Map& m, size_t count) {
  const auto operands = all(m);
  const std::string n = text(count), chunk = std::to_string(kChunk);
  std::vector<bool> moving;
  std::string pointers;
  int widest = 1;
  for (size_t k = 0; k < operands.size(); ++k) {
    moving.push_back(moves(*operands[k]));
    pointers += "    " + pointer(m, k, "t.p[at][" + text(k) + "]", moving[k] ? " + start" : "");
    if (moving[k]) widest = std::max(widest, size_of(operands[k]->dtype));
  }
  return m.functions + function_text(m, "compute") + "struct Streams {\n  i64 first[" + n +
         " + 1], numel[" + n + "];\n  u64 p[" + n + "][" + text(operands.size()) + "];\n};\n" +
         kernel_head("Streams t") + "  for (i64 chunk = blockIdx.x; chunk < t.first[" + n +
         "]; chunk += gridDim.x) {\n    int at = 0;  // of which stream it is\n    for (int end "
         "= " +
         n +
         "; end - at > 1;) {\n      const int middle = (at + end) / 2;\n"
         "      (t.first[middle] <= chunk ? at : end) = middle;\n    }\n"
         "    const i64 start = (chunk - t.first[at]) * " +
         chunk + ", left = t.numel[at] - start;\n    const i64 numel = left < " + chunk +
         " ? left : " + chunk + ", first = threadIdx.x, all = blockDim.x;\n" + pointers +
         packed_loops(m, moving, elements_of_16_bytes(widest)) + "  }\n}\n";
}

MapOperand operand_over(const Desc& d, int i, const std::vector<int64_t>& shape) {
  const Operand o = d.operand(i);
  return {o.dtype(), strides_over(o, shape), {i, 0}, false, o.rank() == 0 && !shape.empty()};
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
  Launch& l = add(parts_of(m), map_text(m, w, packed),
                  grid_for(w.numel, std::max(packed, 1), device().processors()));
  l.args.walk = w;
  std::copy(m.n.begin(), m.n.end(), l.args.n);
  std::copy(m.v.begin(), m.v.end(), l.args.v);
  const auto operands = all(m);
  for (size_t k = 0; k < operands.size(); ++k) l.pointer[k] = operands[k]->where;
}

void MapKernel::add_streams(const std::vector<Map>& maps) {
  if (maps.empty()) return;
  const size_t operands = all(maps[0]).size();
  const size_t most = (kMostBytes / 8 - 1) / (2 + operands);
  for (size_t from = 0; from < maps.size(); from += most) {
    const auto begin = maps.begin() + ptrdiff_t(from);
    const auto end = begin + ptrdiff_t(std::min(most, maps.size() - from));
    std::vector<uint64_t> first = {0}, numel;
    std::vector<Launch::Pointer> addresses;
    for (auto m = begin; m != end; ++m) {
      numel.push_back(uint64_t(numel_of(*m)));
      first.push_back(first.back() + (numel.back() + kChunk - 1) / kChunk);
      for (const MapOperand* o : all(*m)) addresses.push_back(o->where);
    }
    if (first.back() == 0) continue;
    Launch& l = add(parts_of(*begin), stream_text(*begin, numel.size()),
                    grid_for(int64_t(first.back()) * kThreads, 1, device().processors()));
    l.table = std::move(first);
    l.table.insert(l.table.end(), numel.begin(), numel.end());
    l.addresses = std::move(addresses);
  }
}

}  // namespace nnrun::cuda
