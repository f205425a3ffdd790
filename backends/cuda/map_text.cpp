#include "backends/cuda/map_text.h"

#include <algorithm>

namespace nnrun::cuda {
namespace {

std::string text(size_t k) { return std::to_string(k); }

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
      std::string(k < m.in.size() ? "const " : "") + type_of(operands_of(m)[k]->dtype) + "*";
  return type + " const p" + text(k) + " = (" + type + ")" + address + further + ";\n";
}
/// Where element i lies in every operand, as `o`.
std::string located(const Map& m, const std::string& i) {
  const std::string n = text(m.in.size() + m.out.size());
  return "    const Offsets<" + n + "> o = locate<" + n + ">(a.walk, " + i + ");\n";
}

/// Operands in packs of `v` elements, but for those that do not move: they are x<k>.
struct Packs {
  const Map& m;
  std::vector<bool> moves;
  std::string v;

  std::string type(size_t k) const {
    return std::string("Pack<") + type_of(operands_of(m)[k]->dtype) + ", " + v + ">";
  }
  template <class F> std::string each(bool moving, F&& f) const {
    std::string s;
    const auto operands = operands_of(m);
    for (size_t k = 0; k < operands.size(); ++k) {
      if (!operands[k]->raw && moves[k] == moving) s += f(k);
    }
    return s;
  }
  /// An address that is a multiple of a pack's size stands for none that is not.
  std::string alignment() const {
    return "    u64 address = 0;\n" + each(true, [&](size_t k) {
             return "    address |= u64(p" + text(k) + ") % sizeof(" + type(k) + ");\n";
           });
  }
  std::string argument(size_t k, const std::string& element) const {
    if (operands_of(m)[k]->raw) return "p" + text(k) + ", 0";
    if (!moves[k]) return "x" + text(k);
    return k < m.in.size() ? "widen(" + element + ")" : element;
  }
  /// One pack, from element `i` on, which lies at place(k).
  template <class F> std::string one(const std::string& i, F&& place) const {
    const auto load = [&](size_t k) {
      const std::string id = text(k);
      if (k >= m.in.size()) return "        " + type(k) + " v" + id + ";\n";
      return "        const " + type(k) + " v" + id + " = *(const " + type(k) + "*)(" + place(k) +
             ");\n";
    };
    const auto store = [&](size_t k) {
      if (k < m.in.size()) return std::string();
      return "        *(" + type(k) + "*)(" + place(k) + ") = v" + text(k) + ";\n";
    };
    return each(true, load) + "#pragma unroll\n        for (int k = 0; k < " + v + "; ++k) " +
           call(m, i + " + k", [&](size_t k) { return argument(k, "v" + text(k) + ".v[k]"); }) +
           each(true, store);
  }
};

/// The loop over elements at any strides of a.walk.
std::string element_loop(const Map& m, const std::string& first) {
  return "  for (i64 i = " + first + "; i < a.walk.numel; i += all_threads()) {\n" +
         located(m, "i") + "    " +
         call(m, "i",
              [&](size_t k) {
                const std::string p = "p" + text(k), at = "o.at[" + text(k) + "]";
                if (operands_of(m)[k]->raw) return p + ", " + at;
                return k < m.in.size() ? "widen(" + p + "[" + at + "])" : p + "[" + at + "]";
              }) +
         "  }\n";
}

/// The loops of operands that are contiguous, or do not move: over packs where every address allows
/// it, and over the elements that are left. Of `numel` elements, those from `first` on in steps of
/// `all`; they are numbered from `start` on.
std::string line_loops(const Packs& p) {
  const auto still = [&](size_t k) {
    return "    const auto x" + text(k) + " = numel > 0 ? widen(p" + text(k) +
           "[0]) : " + wide_type_of(operands_of(p.m)[k]->dtype) + "(0);\n";
  };
  const auto place = [&](size_t k) { return "p" + text(k) + " + j * " + p.v; };
  return p.alignment() + p.each(false, still) +
         "    i64 done = 0;\n    if (address == 0) {\n      const i64 packs = numel / " + p.v +
         ";\n      for (i64 j = first; j < packs; j += all) {\n" +
         p.one("start + j * " + p.v, place) + "      }\n      done = packs * " + p.v +
         ";\n    }\n    for (i64 i = done + first; i < numel; i += all) " +
         call(p.m, "start + i", [&](size_t k) { return p.argument(k, "p" + text(k) + "[i]"); });
}

/// The loops of operands that are contiguous along the innermost dimension of a.walk, or do not
/// move along it: no pack goes beyond that dimension's end.
std::string row_loops(const Packs& p) {
  const auto place = [](size_t k) { return "p" + text(k) + " + o.at[" + text(k) + "]"; };
  const auto still = [&](size_t k) {
    return "        const auto x" + text(k) + " = widen(*(" + place(k) + "));\n";
  };
  return p.alignment() + "  if (address == 0) {\n    for (i64 i = first_thread() * " + p.v +
         "; i < a.walk.numel; i += all_threads() * " + p.v + ") {\n" + located(p.m, "i") +
         p.each(false, still) + p.one("i", place) + "    }\n    return;\n  }\n" +
         element_loop(p.m, "first_thread()");
}

int elements_of_16_bytes(int widest) { return std::min(16 / widest, 8); }

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
  if (w.numel < 2) return 0;
  const auto operands = operands_of(m);
  const int row = w.rank - 1;
  int widest = 1;
  int64_t steps = row == 0 ? 0 : w.shape[row];  // what a pack's size divides
  for (size_t k = 0; k < operands.size(); ++k) {
    const int64_t step = w.stride[row][k];
    const bool input = k < m.in.size();
    if (step != 1 && !(input && step == 0)) return 0;
    for (int i = 0; i < w.rank; ++i) {
      if (operands[k]->raw && w.stride[i][k] != 0) return 0;
      if (i < row && step == 1) steps |= w.stride[i][k];
    }
    if (step == 1) widest = std::max(widest, size_of(operands[k]->dtype));
  }
  // What has arguments of its own has loops, too, and no registers for eight of them.
  int packed = std::min(elements_of_16_bytes(widest), m.takes_args() ? 4 : 8);
  while (steps % packed != 0) packed /= 2;
  return packed > 1 ? packed : 0;
}

std::string map_text(const Map& m, const Walk& w, int packed) {
  const size_t n = m.in.size() + m.out.size();
  std::string s = m.functions + function_text(m, "compute") + kernel_head("Args a");
  for (size_t k = 0; k < n; ++k) s += "  " + pointer(m, k, "a.p[" + text(k) + "]");
  if (packed == 0) return s + element_loop(m, "first_thread()") + "}\n";
  Packs p{m, {}, std::to_string(packed)};
  for (size_t k = 0; k < n; ++k) p.moves.push_back(w.stride[w.rank - 1][k] != 0);
  if (w.rank > 1) return s + row_loops(p) + "}\n";
  return s +
         "  const i64 numel = a.walk.numel, start = 0, first = first_thread(), all = "
         "all_threads();\n" +
         line_loops(p) + "}\n";
}

std::string stream_text(const Map& m, size_t count) {
  const auto operands = operands_of(m);
  const std::string n = text(count), chunk = std::to_string(kChunk);
  std::vector<bool> moving;
  std::string pointers;
  int widest = 1;
  for (size_t k = 0; k < operands.size(); ++k) {
    moving.push_back(operands[k]->moves());
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
         line_loops({m, moving, std::to_string(elements_of_16_bytes(widest))}) + "  }\n}\n";
}

}  // namespace nnrun::cuda
