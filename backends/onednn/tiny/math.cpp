#include "backends/onednn/tiny/math.h"

#include <cmath>
#include <initializer_list>
#include <vector>

namespace nnrun::onednn::tiny {
namespace {

/// c0 + c1 x + c2 x^2 ..., in pairs (Estrin's scheme), since what a small step takes is the length
/// of its longest chain.
F polynomial(const F& x, std::initializer_list<float> c) {
  std::vector<F> term;
  const float* p = c.begin();
  for (size_t i = 0; i < c.size(); i += 2) {
    const F even = number(x, p[i]);
    term.push_back(i + 1 == c.size() ? even : fma(x, number(x, p[i + 1]), even));
  }
  for (F power = x * x; term.size() > 1; power = power * power) {
    std::vector<F> next;
    for (size_t i = 0; i < term.size(); i += 2) {
      next.push_back(i + 1 == term.size() ? term[i] : fma(term[i + 1], power, term[i]));
    }
    term = std::move(next);
  }
  return term[0];
}

F shifted(Op o, const F& a, int by) { return {a.code, a.code->op(o, a.reg, kNone, kNone, by)}; }
/// 2^n of integers in [-126, 127].
F power_of_2(const F& n) {
  return shifted(Op::shift_left, apply(Op::int_add, n, bits(n, 127)), 23);
}

/// x = n ln 2 + r.
struct Parts {
  F n, r;
};
Parts split(const F& x) {
  const F magic = number(x, 12582912.f);
  const F biased = fma(x, number(x, 1.44269504f), magic);
  const F n = biased - magic;
  F r = fnma(n, number(x, 0.693359375f), x);
  r = fnma(n, number(x, -2.12194440e-4f), r);
  return {apply(Op::int_sub, biased, magic), r};
}
/// (exp(r) - 1 - r) / r^2
F exp_tail(const F& r) {
  return polynomial(r, {0x1p-1f, 0x1.555552p-3f, 0x1.5554e4p-5f, 0x1.1115bcp-7f, 0x1.6d519ap-10f,
                        0x1.9a89c8p-13f});
}

F limited(const F& x, float low, float high) {  // NaN passes
  return apply(Op::max, number(x, low), apply(Op::min, number(x, high), x));
}

}  // namespace

F exp_of(const F& x) {
  const Parts s = split(limited(x, -105.f, 89.f));
  const F half = shifted(Op::shift_right, s.n, 1);  // in two steps: results may be subnormal
  const F p = fma(exp_tail(s.r), s.r * s.r, s.r + 1.f);
  return p * power_of_2(half) * power_of_2(apply(Op::int_sub, s.n, half));
}

F expm1_of(const F& x) {
  const Parts s = split(limited(x, -20.f, 89.f));
  const F p = fma(exp_tail(s.r), s.r * s.r, s.r);
  const F scale = power_of_2(apply(Op::int_sub, s.n, bits(x, 1)));  // 2^n itself may overflow
  F y = fma(p, scale, scale - 0.5f) * 2.f;
  y = select(less(magnitude(x), number(x, 0.34f)), p, y);  // then n is 0
  return select(equal(x, number(x, 0.f)), x, y);
}

F log_of(const F& x) {
  const F tiny = less(x, number(x, 0x1p-126f));
  const F v = select(tiny, x * 0x1p23f, x);
  const F b = apply(Op::int_sub, v, bits(x, 0x3f3504f3u));
  const F e =
      apply(Op::int_sub, shifted(Op::shift_right, b, 23), apply(Op::bit_and, tiny, bits(x, 23)));
  const F f =
      apply(Op::int_add, apply(Op::bit_and, b, bits(x, 0x007fffffu)), bits(x, 0x3f3504f3u)) - 1.f;
  const F n = apply(Op::from_int, e);
  const F tail = polynomial(
      f, {0x1.555546p-2f, -0x1.00000ap-2f, 0x1.99a548p-3f, -0x1.555ae8p-3f, 0x1.232cbap-3f,
          -0x1.fc4c5cp-4f, 0x1.e7a8aap-4f, -0x1.dd7088p-4f, 0x1.11cf18p-4f});
  const F square = f * f;
  F y = fma(tail * f, square, n * -2.12194440e-4f);
  y = fnma(number(x, 0.5f), square, y) + f;
  y = fma(n, number(x, 0.693359375f), y);
  const F none = number(x, 0.f);
  y = select(less(x, number(x, INFINITY)), y, x);  // infinity and NaN
  y = select(equal(x, none), number(x, -INFINITY), y);
  return select(less(x, none), number(x, NAN), y);
}

F log1p_of(const F& x) {
  const F one = number(x, 1.f), u = one + x;
  const F lost = select(at_most(one, x), one - (u - x), x - (u - one));  // what u could not hold
  F y = log_of(u) + lost / u;
  y = select(equal(u, one), x, y);
  y = select(equal(u, number(x, INFINITY)), u, y);
  return select(equal(u, number(x, 0.f)), number(x, -INFINITY), y);
}

F tanh_of(const F& x) {
  const F a = magnitude(x), s = x * x, one = number(x, 1.f);
  const F small = fma(polynomial(s, {-0x1.555554p-2f, 0x1.111074p-3f, -0x1.b9efa2p-5f,
                                     0x1.638b30p-6f, -0x1.0bca4ap-7f, 0x1.17d1a6p-9f}),
                      s * x, x);
  const F large = one - number(x, 2.f) / (exp_of(a + a) + one);
  return select(less(a, number(x, 0.625f)), small, with_sign_of(large, x));
}

/// 1 / (1 + exp(-x)) by the shortest chain: exp is finite, so its exponent is added to the bits of
/// exp(r), and what ln 2 as one float lacks is added where it waits for nothing. As PyTorch's, 0
/// where exp(-x) is too large.
F sigmoid_of(const F& x) {
  const F t = apply(Op::min, number(x, 87.f), x);  // NaN passes
  const F magic = number(x, 12582912.f), one = number(x, 1.f);
  const F biased = fma(t, number(x, -1.44269504f), magic);
  const F n = biased - magic;
  const F minus_r = fma(n, number(x, 0.693147182f), t);
  const F square = minus_r * minus_r;
  const F low = fma(minus_r, number(x, -0x1.55548cp-3f), number(x, 0x1.fffff8p-2f));
  const F middle = fma(minus_r, number(x, -0x1.123d58p-7f), number(x, 0x1.555b92p-5f));
  const F high = fma(square, number(x, 0x1.685b68p-10f), middle);
  const F linear = fma(n, number(x, 1.90465499e-9f), one) - minus_r;
  const F p = fma(high, square * square, fma(low, square, linear));
  const F e = apply(Op::int_add, p, shifted(Op::shift_left, biased, 23));
  return apply(Op::bit_and, one / (one + e), not_less(x, number(x, -88.f)));
}

F erf_of(const F& x) {
  const F a = magnitude(x), s = x * x;
  const F small =
      fma(polynomial(s, {0x1.06eba8p-3f, -0x1.812742p-2f, 0x1.ce2de8p-4f, -0x1.b80c4cp-6f,
                         0x1.54b478p-8f, -0x1.a99f18p-11f, 0x1.5ade88p-14f}),
          x, x);
  const F t = apply(Op::min, a, number(x, 4.f));
  const F minus_log =
      polynomial(t, {0x1.20e914p+0f, 0x1.456daap-1f, 0x1.af58e0p-4f, -0x1.74560ap-6f,
                     0x1.846accp-9f, -0x1.04abap-14f, -0x1.68c938p-15f, 0x1.3ca2dep-18f}) *
      t;
  const F large = with_sign_of(number(x, 1.f) - exp_of(negated(minus_log)), x);
  const F y = select(less(a, number(x, 0.93f)), small, large);
  return select(unordered(x), x, y);
}

}  // namespace nnrun::onednn::tiny
