// Windows over images (N, C, H, W). a.n of pooling: output width, height; input height, width; the
// input's steps along them; then for H and W each: kernel, stride, padding, dilation; a.n[14]:
// whether padding counts.
struct Range {
  i64 begin, end, count;
};
/// The inputs of output o along dimension 0 (H) or 1 (W), and how many the average counts.
template <bool kAdaptive> __device__ inline Range range_of(const Args& a, int dim, i64 o) {
  const i64 size = a.n[2 + dim], outputs = a.n[1 - dim];
  if (kAdaptive) {
    const i64 begin = o * size / outputs, end = ((o + 1) * size + outputs - 1) / outputs;
    return Range{begin, end, end - begin};
  }
  const long long* side = a.n + 6 + 4 * dim;
  const i64 begin = o * side[1] - side[2], last = begin + side[0];
  const i64 end = last < size + side[2] ? last : size + side[2];
  const i64 inside = begin > 0 ? begin : 0, until = end < size ? end : size;
  return Range{inside, until, a.n[14] != 0 ? end - begin : until - inside};
}
/// The outputs that may have input i in their window: a few too many.
template <bool kAdaptive> __device__ inline Range outputs_of(const Args& a, int dim, i64 i) {
  const i64 size = a.n[2 + dim], outputs = a.n[1 - dim];
  const long long* side = a.n + 6 + 4 * dim;
  i64 first, last;
  if (kAdaptive) {
    first = i * outputs / size - 1;
    last = (i + 1) * outputs / size + 1;
  } else {
    first = (i + side[2] - side[0]) / side[1] - 1;
    last = (i + side[2]) / side[1] + 1;
  }
  return Range{first < 0 ? 0 : first, last < outputs ? last : outputs, 0};
}

template <bool kAdaptive, class T>
__device__ inline typename Wide<T>::type average(const Args& a, const T* x, i64 i) {
  typedef typename Wide<T>::type W;
  const Range w = range_of<kAdaptive>(a, 1, i % a.n[0]);
  const Range h = range_of<kAdaptive>(a, 0, i / a.n[0] % a.n[1]);
  if (h.begin >= h.end || w.begin >= w.end) return W(0);
  W sum = 0;
  for (i64 ih = h.begin; ih < h.end; ++ih) {
    for (i64 iw = w.begin; iw < w.end; ++iw) sum += widen(x[ih * a.n[4] + iw * a.n[5]]);
  }
  return sum / W(h.count * w.count);
}
/// The gradient of input i: a.n[4], a.n[5] are gy's steps.
template <bool kAdaptive, class T>
__device__ inline typename Wide<T>::type average_grad(const Args& a, const T* gy, i64 i) {
  typedef typename Wide<T>::type W;
  const i64 iw = i % a.n[3], ih = i / a.n[3] % a.n[2];
  const Range hs = outputs_of<kAdaptive>(a, 0, ih), ws = outputs_of<kAdaptive>(a, 1, iw);
  W sum = 0;
  for (i64 oh = hs.begin; oh < hs.end; ++oh) {
    const Range h = range_of<kAdaptive>(a, 0, oh);
    if (ih < h.begin || ih >= h.end) continue;
    for (i64 ow = ws.begin; ow < ws.end; ++ow) {
      const Range w = range_of<kAdaptive>(a, 1, ow);
      if (iw < w.begin || iw >= w.end) continue;
      sum += widen(gy[oh * a.n[4] + ow * a.n[5]]) / W(h.count * w.count);
    }
  }
  return sum;
}

/// ih * W + iw of the first of the largest elements of output i's window, or of its last NaN; -1
/// when the window has no element inside the plane.
template <class T> __device__ inline i64 largest(const Args& a, const T* x, i64 i) {
  typedef typename Wide<T>::type W;
  const i64 ow = i % a.n[0], oh = i / a.n[0] % a.n[1];
  const long long *hs = a.n + 6, *ws = a.n + 10;
  W best = 0;
  i64 index = -1;
  for (i64 kh = 0; kh < hs[0]; ++kh) {
    const i64 ih = oh * hs[1] - hs[2] + kh * hs[3];
    if (ih < 0 || ih >= a.n[2]) continue;
    for (i64 kw = 0; kw < ws[0]; ++kw) {
      const i64 iw = ow * ws[1] - ws[2] + kw * ws[3];
      if (iw < 0 || iw >= a.n[3]) continue;
      const W v = widen(x[ih * a.n[4] + iw * a.n[5]]);
      if (index >= 0 && !(v > best) && !is_nan(v)) continue;
      best = v;
      index = ih * a.n[3] + iw;
    }
  }
  return index;
}
