// One pass over the parameter, its gradient and the optimizer's slots.
//
// OptimizerScalars::c, by optimizer:
//   sgd      momentum, 1 - dampening           flags: first step, nesterov, has momentum
//   adam     1 - beta1, beta2, 1 - beta2, eps, 1 / sqrt(1 - beta2^t)   flags: amsgrad, decoupled;
//            lr is lr / (1 - beta1^t), and weight_decay 1 - lr * weight_decay when decoupled
//   rmsprop  alpha, 1 - alpha, eps, momentum   flags: has momentum, centered
//   adagrad  eps                               lr is lr / (1 + step * lr_decay)
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

template <class T> NNRUN_INLINE const T* in(void* const* p, int i) {
  return static_cast<const T*>(p[i]);
}
template <class T> NNRUN_INLINE T* out(void* const* p, int i) { return static_cast<T*>(p[i]); }

/// a to b by w, from the nearer end.
NNRUN_INLINE float lerp(float a, float b, float w) {
  return w < 0.5f ? a + w * (b - a) : b - (b - a) * (1.f - w);
}

template <class T> void sgd_momentum(void* const* p, int64_t n, const OptimizerScalars& s) {
  const T *w = in<T>(p, 0), *g = in<T>(p, 1), *b = in<T>(p, 2);
  T *w2 = out<T>(p, 3), *b2 = out<T>(p, 4);
  const float keep = s.flag[0] ? 0.f : s.c[0], take = s.flag[0] ? 1.f : s.c[1];
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float v = widen(w[i]), d = s.sign * widen(g[i]) + s.weight_decay * v;
    const float old = s.flag[0] ? 0.f : widen(b[i]);
    const float m = keep * old + take * d;
    const float step = s.flag[1] ? d + s.c[0] * m : m;
    w2[i] = narrow<T>(v - s.lr * step);
    b2[i] = narrow<T>(m);
  }
}
template <class T> void sgd_plain(void* const* p, int64_t n, const OptimizerScalars& s) {
  const T *w = in<T>(p, 0), *g = in<T>(p, 1);
  T* w2 = out<T>(p, 2);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float v = widen(w[i]);
    w2[i] = narrow<T>(v - s.lr * (s.sign * widen(g[i]) + s.weight_decay * v));
  }
}
template <class T> void sgd(void* const* p, int64_t n, const OptimizerScalars& s) {
  s.flag[2] ? sgd_momentum<T>(p, n, s) : sgd_plain<T>(p, n, s);
}

template <class T, bool kAmsgrad>
NNRUN_INLINE void adam_loop(void* const* p, int64_t n, const OptimizerScalars& s) {
  constexpr int kOut = kAmsgrad ? 5 : 4;
  const T *w = in<T>(p, 0), *g = in<T>(p, 1), *m = in<T>(p, 2), *v = in<T>(p, 3);
  const T* largest = kAmsgrad ? in<T>(p, 4) : nullptr;
  T *w2 = out<T>(p, kOut), *m2 = out<T>(p, kOut + 1), *v2 = out<T>(p, kOut + 2);
  T* largest2 = kAmsgrad ? out<T>(p, kOut + 3) : nullptr;
  const float shrink = s.flag[1] ? s.weight_decay : 1.f, decay = s.flag[1] ? 0.f : s.weight_decay;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float old = widen(w[i]), d = s.sign * widen(g[i]) + decay * old;
    const float mean = lerp(widen(m[i]), d, s.c[0]);
    const float square = s.c[1] * widen(v[i]) + s.c[2] * d * d;
    float hat = square;
    if constexpr (kAmsgrad) {
      const float before = widen(largest[i]);
      hat = before > square || before != before ? before : square;
      largest2[i] = narrow<T>(hat);
    }
    w2[i] = narrow<T>(shrink * old - s.lr * mean / (std::sqrt(hat) * s.c[4] + s.c[3]));
    m2[i] = narrow<T>(mean);
    v2[i] = narrow<T>(square);
  }
}
template <class T> void adam(void* const* p, int64_t n, const OptimizerScalars& s) {
  s.flag[0] ? adam_loop<T, true>(p, n, s) : adam_loop<T, false>(p, n, s);
}

template <class T, bool kMomentum, bool kCentered>
NNRUN_INLINE void rmsprop_loop(void* const* p, int64_t n, const OptimizerScalars& s) {
  constexpr int kSlots = 1 + kMomentum + kCentered, kMean = 3 + kMomentum, kOut = 2 + kSlots;
  const T *w = in<T>(p, 0), *g = in<T>(p, 1), *v = in<T>(p, 2);
  const T* b = kMomentum ? in<T>(p, 3) : nullptr;
  const T* a = kCentered ? in<T>(p, kMean) : nullptr;
  T *w2 = out<T>(p, kOut), *v2 = out<T>(p, kOut + 1);
  T* b2 = kMomentum ? out<T>(p, kOut + 2) : nullptr;
  T* a2 = kCentered ? out<T>(p, kOut + 2 + kMomentum) : nullptr;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float old = widen(w[i]), d = s.sign * widen(g[i]) + s.weight_decay * old;
    const float square = s.c[0] * widen(v[i]) + s.c[1] * d * d;
    float spread = square;
    if constexpr (kCentered) {
      const float mean = lerp(widen(a[i]), d, s.c[1]);
      a2[i] = narrow<T>(mean);
      spread = square - mean * mean;
    }
    float step = d / (std::sqrt(spread) + s.c[2]);
    if constexpr (kMomentum) {
      step = s.c[3] * widen(b[i]) + step;
      b2[i] = narrow<T>(step);
    }
    w2[i] = narrow<T>(old - s.lr * step);
    v2[i] = narrow<T>(square);
  }
}
template <class T> void rmsprop(void* const* p, int64_t n, const OptimizerScalars& s) {
  if (s.flag[0]) {
    s.flag[1] ? rmsprop_loop<T, true, true>(p, n, s) : rmsprop_loop<T, true, false>(p, n, s);
  } else {
    s.flag[1] ? rmsprop_loop<T, false, true>(p, n, s) : rmsprop_loop<T, false, false>(p, n, s);
  }
}

template <class T> void adagrad(void* const* p, int64_t n, const OptimizerScalars& s) {
  const T *w = in<T>(p, 0), *g = in<T>(p, 1), *v = in<T>(p, 2);
  T *w2 = out<T>(p, 3), *v2 = out<T>(p, 4);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float old = widen(w[i]), d = s.sign * widen(g[i]) + s.weight_decay * old;
    const float sum = widen(v[i]) + d * d;
    w2[i] = narrow<T>(old - s.lr * d / (std::sqrt(sum) + s.c[0]));
    v2[i] = narrow<T>(sum);
  }
}

}  // namespace

OptimizerLoop optimizer_loop(OptimizerOp op, DType t) {
  return with_type(t, [op](auto x) -> OptimizerLoop {
    using T = decltype(x);
    if constexpr (std::is_same_v<wide_t<T>, float>) {
      switch (op) {
        case OptimizerOp::sgd: return sgd<T>;
        case OptimizerOp::adam: return adam<T>;
        case OptimizerOp::rmsprop: return rmsprop<T>;
        case OptimizerOp::adagrad: return adagrad<T>;
      }
    }
    return nullptr;
  });
}

}  // namespace nnrun::onednn::NNRUN_ISA
