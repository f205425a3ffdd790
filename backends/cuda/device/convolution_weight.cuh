// The gradient of a convolution for its weight: what convolution.cuh says, and lines.cuh.
/// A block for each element of the weight's gradient. p: gy, x, gw; a.walk goes over gw.
template <class T> __device__ inline void conv_weight(const Args& a) {
  typedef typename Wide<T>::type W;
  const Convolution c(a);
  const T *gy = (const T*)a.p[0], *x = (const T*)a.p[1];
  const i64 plane = c.y[0] * c.y[1];
  for (i64 i = blockIdx.x; i < a.walk.numel; i += gridDim.x) {
    const i64 kw = i % c.w[3], kh = i / c.w[3] % c.w[2], k = i / (c.w[2] * c.w[3]) % c.w[1];
    const i64 o = i / (c.w[1] * c.w[2] * c.w[3]);
    const i64 channel = o / (c.w[0] / c.groups) * c.w[1] + k;
    const W sum = over_line<Sum, W>(c.x[0] * plane, [&](i64 j) {
      const i64 n = j / plane, oh = j / c.y[1] % c.y[0], ow = j % c.y[1];
      const i64 ih = oh * c.side[0] - c.side[1] + kh * c.side[2];
      const i64 iw = ow * c.side[3] - c.side[4] + kw * c.side[5];
      if (ih < 0 || ih >= c.x[2] || iw < 0 || iw >= c.x[3]) return W(0);
      return W(widen(gy[n * c.ys[0] + o * c.ys[1] + oh * c.ys[2] + ow * c.ys[3]])) *
             W(widen(x[n * c.xs[0] + channel * c.xs[1] + ih * c.xs[2] + iw * c.xs[3]]));
    });
    if (threadIdx.x == 0) ((T*)a.p[2])[locate<1>(a.walk, i).at[0]] = convert<T>(sum);
  }
}
