// Random numbers: element i in row-major order is draw i of the state.
#pragma once

#include "backends/cuda/rules.h"
#include "backends/cuda/texts.h"

namespace nnrun::cuda {

/// The state, operand i, as `state` in the text of a map that has its address as p<k>.
inline std::string read_state(const Desc& d, int i, int k) {
  const std::string p = "p" + std::to_string(k), s = std::to_string(d.in(i).stride(0));
  return "const i64 state[4] = {" + p + "[0], " + p + "[" + s + "], " + p + "[2 * " + s + "], " +
         p + "[3 * " + s + "]}; ";
}

/// y = draw(state, i), draw_double(state, i) for float64. bits: draw is also told how many random
/// bits an element has.
inline Map random_map(const Desc& d, const std::string& draw, bool bits) {
  Map m;
  const DType t = d.out(0).dtype();
  m.shape = d.out(0).shape();
  m.in = {address_of(d, 0, m.shape)};
  m.out = {operand_over(d, 1, m.shape)};
  m.parts = {text_philox()};
  const char* kept = t == DType::float16 ? ", 11" : t == DType::bfloat16 ? ", 8" : ", 24";
  m.body = read_state(d, 0, 0) + "y0 = " +
           (t == DType::float64 ? draw + "_double(state, u64(i))"
                                : draw + "(state, u64(i)" + (bits ? kept : "") + ")") +
           ";";
  return m;
}

}  // namespace nnrun::cuda
