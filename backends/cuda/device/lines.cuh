// Kernels over lines: a.walk goes over the first elements of the lines of up to four operands;
// a line has a.n[0] elements, a.n[1 + k] apart in operand k. A block for each line.
template <class T> struct Line {
  T* at;
  i64 step;
  __device__ T& operator[](i64 i) const { return at[i * step]; }
};
template <class T, int N>
__device__ inline Line<T> line_of(const Args& a, const Offsets<N>& o, int k) {
  return Line<T>{(T*)a.p[k] + o.at[k], a.n[1 + k]};
}

/// f(i) joined by R over the elements of a line.
template <class R, class W, class F> __device__ inline W over_line(i64 length, F f) {
  W acc = R::template first<W>();
  for (i64 i = threadIdx.x; i < length; i += blockDim.x) acc = R::join(acc, f(i));
  return block_reduce<R>(acc);
}

template <class T, bool kLog> __device__ inline void softmax(const Args& a) {
  typedef typename Wide<T>::type W;
  for (i64 line = blockIdx.x; line < a.walk.numel; line += gridDim.x) {
    const Offsets<2> o = locate<2>(a.walk, line);
    const Line<const T> x = line_of<const T>(a, o, 0);
    const Line<T> y = line_of<T>(a, o, 1);
    const W top = over_line<Max, W>(a.n[0], [&](i64 i) { return W(widen(x[i])); });
    const W sum = over_line<Sum, W>(a.n[0], [&](i64 i) { return exp_of(widen(x[i]) - top); });
    const W log_sum = kLog ? log_of(sum) : W(0);
    for (i64 i = threadIdx.x; i < a.n[0]; i += blockDim.x) {
      const W v = widen(x[i]) - top;
      y[i] = convert<T>(kLog ? v - log_sum : exp_of(v) / sum);
    }
  }
}

/// Operands gy, y, gx.
template <class T, bool kLog> __device__ inline void softmax_grad(const Args& a) {
  typedef typename Wide<T>::type W;
  for (i64 line = blockIdx.x; line < a.walk.numel; line += gridDim.x) {
    const Offsets<3> o = locate<3>(a.walk, line);
    const Line<const T> gy = line_of<const T>(a, o, 0), y = line_of<const T>(a, o, 1);
    const Line<T> gx = line_of<T>(a, o, 2);
    const W sum = over_line<Sum, W>(
        a.n[0], [&](i64 i) { return kLog ? W(widen(gy[i])) : widen(gy[i]) * widen(y[i]); });
    for (i64 i = threadIdx.x; i < a.n[0]; i += blockDim.x) {
      const W g = widen(gy[i]), v = widen(y[i]);
      gx[i] = convert<T>(kLog ? g - exp_of(v) * sum : v * (g - sum));
    }
  }
}

/// Places of the elements in ascending or descending order, NaN last (first when descending); equal
/// ones stay in their order. Each thread counts what comes before its element.
template <class T> __device__ inline void sort(const Args& a) {
  typedef typename Wide<T>::type W;
  const bool descending = a.n[8] != 0;
  for (i64 line = blockIdx.x; line < a.walk.numel; line += gridDim.x) {
    const Offsets<3> o = locate<3>(a.walk, line);
    const Line<const T> x = line_of<const T>(a, o, 0);
    const Line<T> y = line_of<T>(a, o, 1);
    const Line<i64> index = line_of<i64>(a, o, 2);
    for (i64 i = threadIdx.x; i < a.n[0]; i += blockDim.x) {
      const W mine = widen(x[i]);
      i64 before = 0;
      for (i64 k = 0; k < a.n[0]; ++k) {
        const W other = widen(x[k]);
        const bool less = other < mine || (is_nan(mine) && !is_nan(other));
        const bool more = mine < other || (is_nan(other) && !is_nan(mine));
        before += (descending ? more : less) || (!less && !more && k < i);
      }
      y[before] = x[i];
      index[before] = i;
    }
  }
}

/// A thread for each line.
template <class T> __device__ inline void cumsum(const Args& a) {
  typedef typename Wide<T>::type W;
  for (i64 line = first_thread(); line < a.walk.numel; line += all_threads()) {
    const Offsets<2> o = locate<2>(a.walk, line);
    const Line<const T> x = line_of<const T>(a, o, 0);
    const Line<T> y = line_of<T>(a, o, 1);
    W sum = 0;
    for (i64 i = 0; i < a.n[0]; ++i) {
      sum = plus(sum, W(widen(x[i])));
      y[i] = convert<T>(sum);
    }
  }
}
