#include "backends/onednn/tiny/code.h"

#include <cmath>
#include <cstring>

namespace nnrun::onednn::tiny {

Reg Code::constant_at(uint64_t key, Op op, const float* v, int n) {
  const auto [it, is_new] = known_.try_emplace({int(op), key}, kNone);
  if (is_new) {
    if (n == 2 && constants_.size() % 2 != 0) constants_.push_back(0);
    const Mem m{Mem::kConstants, int64_t(constants_.size()) * 4};
    constants_.insert(constants_.end(), v, v + n);
    it->second = from(op, m, op == Op::broadcast ? width_ : 1);
  }
  return it->second;
}

Reg Code::constant(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return constant_at(bits, Op::broadcast, &v, 1);
}
Reg Code::constant_bits(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return constant_at(bits, Op::broadcast, &v, 1);
}
Reg Code::mask(int n) {
  const auto [it, is_new] = known_.try_emplace({-1, uint64_t(n)}, kNone);
  if (is_new) {
    const Mem m{Mem::kConstants, int64_t(constants_.size()) * 4};
    for (int l = 0; l < width_; ++l) {
      const uint32_t bits = l < n ? ~uint32_t{0} : 0;
      float v;
      std::memcpy(&v, &bits, 4);
      constants_.push_back(v);
    }
    it->second = from(Op::load, m, width_);
  }
  return it->second;
}
Reg Code::constant_f64(double v) {
  uint64_t bits;
  float halves[2];
  std::memcpy(&bits, &v, 8);
  std::memcpy(halves, &v, 8);
  const Reg r = constant_at(bits, Op::load_f64, halves, 2);
  doubles_[r] = v;
  return r;
}

std::optional<double> Code::folded(Op o, Reg a, Reg b, Reg c, int imm) const {
  if (o < Op::add_f64 || o > Op::compare_f64) return std::nullopt;
  double x[3] = {};
  const Reg regs[3] = {a, b, c};
  for (int i = 0; i < 3; ++i) {
    if (regs[i] == kNone) continue;
    const auto known = doubles_.find(regs[i]);
    if (known == doubles_.end()) return std::nullopt;
    x[i] = known->second;
  }
  switch (o) {
    case Op::add_f64: return x[0] + x[1];
    case Op::sub_f64: return x[0] - x[1];
    case Op::mul_f64: return x[0] * x[1];
    case Op::div_f64: return x[0] / x[1];
    case Op::sqrt_f64: return std::sqrt(x[0]);
    case Op::blend_f64: return std::signbit(x[0]) ? x[1] : x[2];
    case Op::compare_f64:
      switch (imm) {
        case 0: return x[0] == x[1];
        case 1: return x[0] < x[1];
        case 2: return x[0] <= x[1];
        case 4: return x[0] != x[1];
        default: return std::nullopt;
      }
    default: return std::nullopt;
  }
}

}  // namespace nnrun::onednn::tiny
