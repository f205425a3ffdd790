// cross_entropy and its gradient. a.walk goes over the rows (operands logits, target, then what the
// kernel makes); a.n: classes, step of a class in the logits, step of a class weight, the target
// that does not count, and what the kernel needs beside; a.v[0]: the label smoothing.
struct Target {
  bool ignored;
  i64 index;
};
__device__ inline Target target_of(const Args& a, i64 target) {
  return Target{target == a.n[3], target};
}
/// What the target itself counts: 0 where ignored, NaN where it is no class.
template <class W, class T>
__device__ inline W weight_of(const Args& a, Target t, const T* weights) {
  if (t.ignored) return W(0);
  if (t.index < 0 || t.index >= a.n[0]) return Limits<W>::highest() - Limits<W>::highest();
  return weights == nullptr ? W(1) : W(widen(weights[t.index * a.n[2]]));
}

/// p: logits, target, loss of each row, its weight, class weights. A block for each row.
template <class T> __device__ inline void cross_entropy_rows(const Args& a) {
  typedef typename Wide<T>::type W;
  const T* weights = (const T*)a.p[4];
  const W smoothing = W(a.v[0]);
  for (i64 row = blockIdx.x; row < a.walk.numel; row += gridDim.x) {
    const Offsets<2> o = locate<2>(a.walk, row);
    const Line<const T> x = {(const T*)a.p[0] + o.at[0], a.n[1]};
    const W top = over_line<Max, W>(a.n[0], [&](i64 i) { return W(widen(x[i])); });
    const W sum = over_line<Sum, W>(a.n[0], [&](i64 i) { return exp_of(widen(x[i]) - top); });
    const W log_sum = log_of(sum) + top;
    W spread = W(0);
    if (smoothing > W(0)) {
      spread = over_line<Sum, W>(a.n[0], [&](i64 i) {
        const W log_prob = widen(x[i]) - log_sum;
        return weights == nullptr ? log_prob : log_prob * widen(weights[i * a.n[2]]);
      });
    }
    if (threadIdx.x == 0) {
      const Target t = target_of(a, ((const i64*)a.p[1])[o.at[1]]);
      const W w = weight_of<W>(a, t, weights);
      W loss = W(0);
      if (!t.ignored) {
        const bool inside = t.index >= 0 && t.index < a.n[0];
        loss = (widen(x[inside ? t.index : 0]) - log_sum) * w * (smoothing - W(1));
        if (smoothing > W(0)) loss = loss - spread * (smoothing / W(a.n[0]));
      }
      ((W*)a.p[2])[row] = loss;
      ((W*)a.p[3])[row] = w;
    }
  }
}
/// p: losses, weights, result. One block: the sum, or with a.n[4] the weighted mean.
template <class T> __device__ inline void cross_entropy_total(const Args& a) {
  typedef typename Wide<T>::type W;
  const W* losses = (const W*)a.p[0];
  const W* weights = (const W*)a.p[1];
  const W sum = over_line<Sum, W>(a.n[0], [&](i64 i) { return losses[i]; });
  const W total = over_line<Sum, W>(a.n[0], [&](i64 i) { return weights[i]; });
  if (threadIdx.x == 0) ((T*)a.p[2])[0] = convert<T>(a.n[4] != 0 ? sum / total : sum);
}

/// p: target, class weights, their total. One block.
template <class T> __device__ inline void target_total(const Args& a) {
  typedef typename Wide<T>::type W;
  const W total = over_line<Sum, W>(a.walk.numel, [&](i64 i) {
    const i64 at = locate<1>(a.walk, i).at[0];
    return weight_of<W>(a, target_of(a, ((const i64*)a.p[0])[at]), (const T*)a.p[1]);
  });
  if (threadIdx.x == 0) ((W*)a.p[2])[0] = total;
}
/// p: logits, target, gx, gy, class weights, total. a.n[4]: the reduction is mean; a.n[5]: gy has
/// an element for each row; a.n[6]: step of a class in gx. A block for each row.
template <class T> __device__ inline void cross_entropy_grad(const Args& a) {
  typedef typename Wide<T>::type W;
  const T* weights = (const T*)a.p[4];
  const W smoothing = W(a.v[0]), share = smoothing / W(a.n[0]);
  for (i64 row = blockIdx.x; row < a.walk.numel; row += gridDim.x) {
    const Offsets<4> o = locate<4>(a.walk, row);
    const Line<const T> x = {(const T*)a.p[0] + o.at[0], a.n[1]};
    const Line<T> gx = {(T*)a.p[2] + o.at[2], a.n[6]};
    const W top = over_line<Max, W>(a.n[0], [&](i64 i) { return W(widen(x[i])); });
    const W sum = over_line<Sum, W>(a.n[0], [&](i64 i) { return exp_of(widen(x[i]) - top); });
    W all = smoothing;  // what smoothing puts on the classes
    if (smoothing > W(0) && weights != nullptr) {
      all = share * over_line<Sum, W>(a.n[0], [&](i64 i) { return W(widen(weights[i * a.n[2]])); });
    }
    const Target t = target_of(a, ((const i64*)a.p[1])[o.at[1]]);
    const W own = weight_of<W>(a, t, weights) * (W(1) - smoothing), total = own + all;
    W g = t.ignored ? W(0) : W(widen(((const T*)a.p[3])[a.n[5] != 0 ? o.at[3] : 0]));
    if (a.n[4] != 0 && !t.ignored) g = g / ((const W*)a.p[5])[0];
    for (i64 i = threadIdx.x; i < a.n[0]; i += blockDim.x) {
      W aim = i == t.index ? own : W(0);
      if (smoothing > W(0)) aim += weights == nullptr ? share : share * widen(weights[i * a.n[2]]);
      gx[i] = convert<T>(g * (exp_of(widen(x[i]) - top) / sum * total - aim));
    }
  }
}
