// Elementary functions as vector code: those of simd/math.h, where a step of a small network takes
// as long as its longest chain of instructions.
#pragma once

#include "backends/onednn/tiny/code.h"

namespace nnrun::onednn::tiny {

/// A register and the code that it belongs to, so that formulas read as formulas.
struct F {
  Code* code;
  Reg reg;
};

inline F number(const F& like, float v) { return {like.code, like.code->constant(v)}; }
inline F apply(Op o, const F& a) { return {a.code, a.code->op(o, a.reg)}; }
inline F apply(Op o, const F& a, const F& b, int imm = 0) {
  return {a.code, a.code->op(o, a.reg, b.reg, kNone, imm)};
}
inline F operator+(const F& a, const F& b) { return apply(Op::add, a, b); }
inline F operator-(const F& a, const F& b) { return apply(Op::sub, a, b); }
inline F operator*(const F& a, const F& b) { return apply(Op::mul, a, b); }
inline F operator/(const F& a, const F& b) { return apply(Op::div, a, b); }
inline F operator+(const F& a, float b) { return a + number(a, b); }
inline F operator-(const F& a, float b) { return a - number(a, b); }
inline F operator*(const F& a, float b) { return a * number(a, b); }
/// a * b + c
inline F fma(const F& a, const F& b, const F& c) {
  return {a.code, a.code->op(Op::fma, a.reg, b.reg, c.reg)};
}
/// c - a * b
inline F fnma(const F& a, const F& b, const F& c) {
  return {a.code, a.code->op(Op::fnma, a.reg, b.reg, c.reg)};
}
/// Where the sign of `mask` is set yes, else no.
inline F select(const F& mask, const F& yes, const F& no) {
  return {mask.code, mask.code->op(Op::blend, mask.reg, yes.reg, no.reg)};
}

/// Masks. All but `differ` and `not_less` are false when an operand is NaN.
inline F equal(const F& a, const F& b) { return apply(Op::compare, a, b, 0); }
inline F less(const F& a, const F& b) { return apply(Op::compare, a, b, 1); }
inline F at_most(const F& a, const F& b) { return apply(Op::compare, a, b, 2); }
inline F unordered(const F& a) { return apply(Op::compare, a, a, 3); }
inline F differ(const F& a, const F& b) { return apply(Op::compare, a, b, 4); }
inline F not_less(const F& a, const F& b) { return apply(Op::compare, a, b, 5); }

inline F bits(const F& like, uint32_t v) { return {like.code, like.code->constant_bits(v)}; }
inline F negated(const F& a) { return apply(Op::bit_xor, a, bits(a, 0x80000000u)); }
inline F magnitude(const F& a) { return apply(Op::bit_andnot, bits(a, 0x80000000u), a); }
inline F with_sign_of(const F& a, const F& sign) {
  return apply(Op::bit_or, magnitude(a), apply(Op::bit_and, sign, bits(a, 0x80000000u)));
}

F exp_of(const F& x);
F expm1_of(const F& x);
F log_of(const F& x);
F log1p_of(const F& x);
F tanh_of(const F& x);
F sigmoid_of(const F& x);
F erf_of(const F& x);

}  // namespace nnrun::onednn::tiny
