#include "backends/onednn/tiny/code.h"

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
  return constant_at(bits, Op::load_f64, halves, 2);
}

}  // namespace nnrun::onednn::tiny
