// Convolution by plain loops. a.n: sizes of x (N, C, H, W), of weight (O, C / groups, KH, KW), of y
// (OH, OW); steps of x, weight and y along their four dimensions; for H and W each: stride,
// padding, dilation; groups. Indices of results are row-major.
struct Convolution {
  const long long *x, *w, *y;            // sizes; of y: OH, OW
  const long long *xs, *ws, *ys, *side;  // steps; stride, padding, dilation of H, then W
  i64 groups;
  __device__ explicit Convolution(const Args& a)
      : x(a.n),
        w(a.n + 4),
        y(a.n + 8),
        xs(a.n + 10),
        ws(a.n + 14),
        ys(a.n + 18),
        side(a.n + 22),
        groups(a.n[28]) {}
};

template <class T>
__device__ inline typename Wide<T>::type conv_y(const Args& a, const T* x, const T* w, i64 i) {
  const Convolution c(a);
  const i64 ow = i % c.y[1], oh = i / c.y[1] % c.y[0], o = i / (c.y[0] * c.y[1]) % c.w[0];
  const i64 n = i / (c.y[0] * c.y[1] * c.w[0]), first = o / (c.w[0] / c.groups) * c.w[1];
  typename Wide<T>::type sum = 0;
  for (i64 k = 0; k < c.w[1]; ++k) {
    for (i64 kh = 0; kh < c.w[2]; ++kh) {
      const i64 ih = oh * c.side[0] - c.side[1] + kh * c.side[2];
      if (ih < 0 || ih >= c.x[2]) continue;
      for (i64 kw = 0; kw < c.w[3]; ++kw) {
        const i64 iw = ow * c.side[3] - c.side[4] + kw * c.side[5];
        if (iw < 0 || iw >= c.x[3]) continue;
        sum =
            times_plus(widen(x[n * c.xs[0] + (first + k) * c.xs[1] + ih * c.xs[2] + iw * c.xs[3]]),
                       widen(w[o * c.ws[0] + k * c.ws[1] + kh * c.ws[2] + kw * c.ws[3]]), sum);
      }
    }
  }
  return sum;
}

template <class T>
__device__ inline typename Wide<T>::type conv_x(const Args& a, const T* gy, const T* w, i64 i) {
  const Convolution c(a);
  const i64 iw = i % c.x[3], ih = i / c.x[3] % c.x[2], channel = i / (c.x[2] * c.x[3]) % c.x[1];
  const i64 n = i / (c.x[1] * c.x[2] * c.x[3]), k = channel % c.w[1];
  const i64 per_group = c.w[0] / c.groups, first = channel / c.w[1] * per_group;
  typename Wide<T>::type sum = 0;
  for (i64 o = first; o < first + per_group; ++o) {
    for (i64 kh = 0; kh < c.w[2]; ++kh) {
      const i64 h = ih + c.side[1] - kh * c.side[2], oh = h / c.side[0];
      if (h < 0 || oh * c.side[0] != h || oh >= c.y[0]) continue;
      for (i64 kw = 0; kw < c.w[3]; ++kw) {
        const i64 v = iw + c.side[4] - kw * c.side[5], ow = v / c.side[3];
        if (v < 0 || ow * c.side[3] != v || ow >= c.y[1]) continue;
        sum = times_plus(widen(gy[n * c.ys[0] + o * c.ys[1] + oh * c.ys[2] + ow * c.ys[3]]),
                         widen(w[o * c.ws[0] + k * c.ws[1] + kh * c.ws[2] + kw * c.ws[3]]), sum);
      }
    }
  }
  return sum;
}
