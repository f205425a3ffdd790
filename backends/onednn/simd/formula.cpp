// The instructions of formulas: one function over a tile of numbers.
#include <nnrun/sdk/formula/ast.hpp>

#include "backends/onednn/simd/ops.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

using sdk::Fn;

/// A function of ops.h that answers with a truth answers with a number here.
template <class F> struct Number {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const {
    return F{}(x, y) != 0 ? T(1) : T(0);
  }
  template <class T> NNRUN_INLINE T operator()(T x) const { return F{}(x) != 0 ? T(1) : T(0); }
};

template <class T, class F>
void one(const void* a, const void*, const void*, void* out, int64_t n) {
  const T* x = static_cast<const T*>(a);
  T* y = static_cast<T*>(out);
  const F f;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
}
template <class T, bool kCosine>
void sine(const void* a, const void*, const void*, void* out, int64_t n) {
  const T* x = static_cast<const T*>(a);
  T* y = static_cast<T*>(out);
  int outside = 0;
  if constexpr (std::is_same_v<T, float>) {
    for (int64_t i = 0; i < n; ++i) outside += Sine<kCosine>::vectorizes(x[i]) ? 0 : 1;
  }
  if (outside > 0) {
    for (int64_t i = 0; i < n; ++i) y[i] = kCosine ? std::cos(x[i]) : std::sin(x[i]);
  } else {
    one<T, Sine<kCosine>>(a, nullptr, nullptr, out, n);
  }
}

template <class T, class F, int kScalars>
void two(const void* a, const void* b, const void*, void* out, int64_t n) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  T* z = static_cast<T*>(out);
  const T x0 = *x, y0 = *y;
  const F f;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    z[i] = f((kScalars & 1) != 0 ? x0 : x[i], (kScalars & 2) != 0 ? y0 : y[i]);
  }
}

template <class T, int kScalars>
void three(const void* a, const void* b, const void* c, void* out, int64_t n) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  const T* z = static_cast<const T*>(c);
  T* o = static_cast<T*>(out);
  const T x0 = *x, y0 = *y, z0 = *z;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T yes = (kScalars & 2) != 0 ? y0 : y[i], no = (kScalars & 4) != 0 ? z0 : z[i];
    o[i] = ((kScalars & 1) != 0 ? x0 : x[i]) != T(0) ? yes : no;
  }
}

template <class T, class F> FormulaLoop binary(int scalars) {
  constexpr FormulaLoop all[] = {two<T, F, 0>, two<T, F, 1>, two<T, F, 2>, two<T, F, 3>};
  return all[scalars & 3];
}
template <class T> FormulaLoop select(int scalars) {
  constexpr FormulaLoop all[] = {three<T, 0>, three<T, 1>, three<T, 2>, three<T, 3>,
                                 three<T, 4>, three<T, 5>, three<T, 6>, three<T, 7>};
  return all[scalars & 7];
}

template <class T> FormulaLoop loop_of(Fn fn, int scalars) {
  switch (fn) {
    case Fn::number:
    case Fn::x:
    case Fn::a: return nullptr;
    case Fn::neg: return one<T, Neg>;
    case Fn::logical_not: return one<T, Number<LogicalNot>>;
    case Fn::exp: return one<T, Exp>;
    case Fn::expm1: return one<T, Expm1>;
    case Fn::log: return one<T, Log>;
    case Fn::log1p: return one<T, Log1p>;
    case Fn::tanh: return one<T, Tanh>;
    case Fn::sqrt: return one<T, Sqrt>;
    case Fn::abs: return one<T, Abs>;
    case Fn::sin: return sine<T, false>;
    case Fn::cos: return sine<T, true>;
    case Fn::erf: return one<T, Erf>;
    case Fn::sigmoid: return one<T, Sigmoid>;
    case Fn::floor: return one<T, Floor>;
    case Fn::sign: return one<T, Sign>;
    case Fn::add: return binary<T, Add>(scalars);
    case Fn::sub: return binary<T, Sub>(scalars);
    case Fn::mul: return binary<T, Mul>(scalars);
    case Fn::div: return binary<T, Div>(scalars);
    case Fn::pow: return binary<T, Pow>(scalars);
    case Fn::max: return binary<T, Maximum>(scalars);
    case Fn::min: return binary<T, Minimum>(scalars);
    case Fn::lt: return binary<T, Number<Lt>>(scalars);
    case Fn::le: return binary<T, Number<Le>>(scalars);
    case Fn::gt: return binary<T, Number<Gt>>(scalars);
    case Fn::ge: return binary<T, Number<Ge>>(scalars);
    case Fn::eq: return binary<T, Number<Eq>>(scalars);
    case Fn::ne: return binary<T, Number<Ne>>(scalars);
    case Fn::logical_and: return binary<T, Number<LogicalAnd>>(scalars);
    case Fn::logical_or: return binary<T, Number<LogicalOr>>(scalars);
    case Fn::select: return select<T>(scalars);
  }
  return nullptr;
}

}  // namespace

FormulaLoop formula_loop(int fn, int scalars, bool is_double) {
  return is_double ? loop_of<double>(static_cast<Fn>(fn), scalars)
                   : loop_of<float>(static_cast<Fn>(fn), scalars);
}

}  // namespace nnrun::onednn::NNRUN_ISA
