// Normalisations: a block for each group of elements that share a mean; a.walk goes over the
// groups, a.inner over the elements of one. Operands of a.walk and a.inner: x, y (or gy, x, gx);
// weight and bias, of which an absent one is null, move with a.inner (layers) or a.walk (channels).
//
// p: forward x, y, weight, bias, mean, statistic; backward gy, x, gx, weight, mean, statistic,
// gweight, gbias. a.v[0]: eps.
template <class W> struct Moments { W mean, variance; };
template <class W, class T> __device__ inline Moments<W> moments(const Args& a, const T* x) {
  const W n = W(a.inner.numel);
  const W mean =
      over_line<Sum, W>(a.inner.numel,
                        [&](i64 i) { return W(widen(x[locate<1>(a.inner, i).at[0]])); }) /
      n;
  const W square = over_line<Sum, W>(a.inner.numel, [&](i64 i) {
    const W v = widen(x[locate<1>(a.inner, i).at[0]]) - mean;
    return v * v;
  });
  return Moments<W>{mean, square / n};
}
template <class W, class T> __device__ inline W or_else(const T* p, i64 at, W otherwise) {
  return p == nullptr ? otherwise : W(widen(p[at]));
}

/// kLayers: weight and bias move with a.inner, and the statistic is 1 / sqrt(var + eps); else with
/// a.walk, and it is the variance. Operands: x, y, weight, bias, mean, statistic.
template <class T, bool kLayers> __device__ inline void norm(const Args& a) {
  typedef typename Wide<T>::type W;
  const T *weight = (const T*)a.p[2], *bias = (const T*)a.p[3];
  for (i64 group = blockIdx.x; group < a.walk.numel; group += gridDim.x) {
    const Offsets<6> g = locate<6>(a.walk, group);
    const T* x = (const T*)a.p[0] + g.at[0];
    T* y = (T*)a.p[1] + g.at[1];
    const Moments<W> m = moments<W>(a, x);
    const W rstd = W(1) / sqrt_of(m.variance + W(a.v[0]));
    for (i64 i = threadIdx.x; i < a.inner.numel; i += blockDim.x) {
      const Offsets<4> o = locate<4>(a.inner, i);
      const i64 w = kLayers ? o.at[2] : g.at[2], b = kLayers ? o.at[3] : g.at[3];
      y[o.at[1]] = convert<T>((widen(x[o.at[0]]) - m.mean) * rstd * or_else(weight, w, W(1)) +
                              or_else(bias, b, W(0)));
    }
    if (threadIdx.x == 0) {
      ((T*)a.p[4])[g.at[4]] = convert<T>(m.mean);
      ((T*)a.p[5])[g.at[5]] = convert<T>(kLayers ? rstd : m.variance);
    }
  }
}

/// Operands: gy, x, gx, weight, mean, statistic, and of channels gweight, gbias.
template <class T, bool kLayers> __device__ inline void norm_grad(const Args& a) {
  typedef typename Wide<T>::type W;
  const T* weight = (const T*)a.p[3];
  for (i64 group = blockIdx.x; group < a.walk.numel; group += gridDim.x) {
    const Offsets<8> g = locate<8>(a.walk, group);
    const T *gy = (const T*)a.p[0] + g.at[0], *x = (const T*)a.p[1] + g.at[1];
    T* gx = (T*)a.p[2] + g.at[2];
    const W mean = widen(((const T*)a.p[4])[g.at[4]]);
    const W statistic = widen(((const T*)a.p[5])[g.at[5]]), n = W(a.inner.numel);
    const W rstd = kLayers ? statistic : W(1) / sqrt_of(statistic + W(a.v[0]));
    const auto gradient = [&](const Offsets<4>& o) {
      const W v = widen(gy[o.at[0]]);
      return kLayers ? v * or_else(weight, o.at[3], W(1)) : v;
    };
    const auto normal = [&](const Offsets<4>& o) { return (widen(x[o.at[1]]) - mean) * rstd; };
    const W sum =
        over_line<Sum, W>(a.inner.numel, [&](i64 i) { return gradient(locate<4>(a.inner, i)); });
    const W dot = over_line<Sum, W>(a.inner.numel, [&](i64 i) {
      const Offsets<4> o = locate<4>(a.inner, i);
      return gradient(o) * normal(o);
    });
    const W scale = kLayers ? rstd : rstd * or_else(weight, g.at[3], W(1));
    for (i64 i = threadIdx.x; i < a.inner.numel; i += blockDim.x) {
      const Offsets<4> o = locate<4>(a.inner, i);
      gx[o.at[2]] = convert<T>((gradient(o) - sum / n - normal(o) * (dot / n)) * scale);
    }
    if (!kLayers && threadIdx.x == 0) {
      ((T*)a.p[6])[g.at[6]] = convert<T>(dot);
      ((T*)a.p[7])[g.at[7]] = convert<T>(sum);
    }
  }
}

/// The gradients of a layer norm's weight and bias: a.walk goes over the weights, a.inner over the
/// groups. Operands of a.inner: gy, x, mean, statistic; of a.walk: gy, x, -, -, gweight, gbias. A
/// block for each weight.
template <class T> __device__ inline void norm_grad_weights(const Args& a) {
  typedef typename Wide<T>::type W;
  for (i64 k = blockIdx.x; k < a.walk.numel; k += gridDim.x) {
    const Offsets<6> w = locate<6>(a.walk, k);
    const T *gy = (const T*)a.p[0] + w.at[0], *x = (const T*)a.p[1] + w.at[1];
    const T *mean = (const T*)a.p[2], *rstd = (const T*)a.p[3];
    const W dot = over_line<Sum, W>(a.inner.numel, [&](i64 i) {
      const Offsets<4> o = locate<4>(a.inner, i);
      return widen(gy[o.at[0]]) * (widen(x[o.at[1]]) - widen(mean[o.at[2]])) * widen(rstd[o.at[3]]);
    });
    const W sum = over_line<Sum, W>(
        a.inner.numel, [&](i64 i) { return W(widen(gy[locate<4>(a.inner, i).at[0]])); });
    if (threadIdx.x == 0) {
      ((T*)a.p[4])[w.at[4]] = convert<T>(dot);
      ((T*)a.p[5])[w.at[5]] = convert<T>(sum);
    }
  }
}
