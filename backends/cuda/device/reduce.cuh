// Reductions: a.walk goes over the results (operands x, y), a.inner over what each is made of (x).
// Where a result is the work of a.n[0] > 1 parts of a.n[1] elements, part results stay wide and are
// reduced by a second launch.
template <class R, class T> __device__ inline typename Wide<T>::type reduced(const Args& a,
                                                                             const T* x, i64 begin,
                                                                             i64 end, i64 step) {
  typedef typename Wide<T>::type W;
  W acc = R::template first<W>();
  for (i64 j = begin; j < end; j += step) acc = R::join(acc, widen(x[locate<1>(a.inner, j).at[0]]));
  return acc;
}
__device__ inline i64 least(i64 a, i64 b) { return a < b ? a : b; }

/// What is left to do with a finished result: nothing, or a division by a.v[0].
struct Whole {
  template <class W> static __device__ W of(W v, const Args&) { return v; }
};
struct Mean {
  template <class W> static __device__ W of(W v, const Args& a) { return v / W(a.v[0]); }
};

/// A block for each part.
template <class R, class F, class T, class U> __device__ inline void reduce_lines(const Args& a) {
  const i64 parts = a.n[0], chunk = a.n[1];
  for (i64 k = blockIdx.x; k < a.walk.numel * parts; k += gridDim.x) {
    const i64 line = k / parts, begin = (k - line * parts) * chunk;
    const Offsets<2> o = locate<2>(a.walk, line);
    const auto acc = block_reduce<R>(reduced<R>(a, (const T*)a.p[0] + o.at[0], begin + threadIdx.x,
                                                least(begin + chunk, a.inner.numel), blockDim.x));
    if (threadIdx.x == 0) ((U*)a.p[1])[parts > 1 ? k : o.at[1]] = convert<U>(F::of(acc, a));
  }
}
/// A thread for each part: neighbours read neighbours.
template <class R, class F, class T, class U> __device__ inline void reduce_columns(const Args& a) {
  const i64 parts = a.n[0], chunk = a.n[1];
  for (i64 k = first_thread(); k < a.walk.numel * parts; k += all_threads()) {
    const i64 part = k / a.walk.numel, line = k - part * a.walk.numel, begin = part * chunk;
    const Offsets<2> o = locate<2>(a.walk, line);
    const auto acc =
        reduced<R>(a, (const T*)a.p[0] + o.at[0], begin, least(begin + chunk, a.inner.numel), 1);
    ((U*)a.p[1])[parts > 1 ? line * parts + part : o.at[1]] = convert<U>(F::of(acc, a));
  }
}

/// The place of the extreme of each line; a NaN beats every number, the first of equals counts.
struct Larger {
  template <class W> static __device__ bool beats(W a, W b) { return a > b; }
};
struct Smaller {
  template <class W> static __device__ bool beats(W a, W b) { return a < b; }
};
template <class W> struct Best {
  W value;
  i64 at;
};
template <class B, class W> __device__ inline Best<W> best_of(Best<W> a, Best<W> b) {
  if (is_nan(a.value) || is_nan(b.value)) {
    if (is_nan(a.value) && is_nan(b.value)) return a.at < b.at ? a : b;
    return is_nan(a.value) ? a : b;
  }
  if (B::beats(a.value, b.value)) return a;
  if (B::beats(b.value, a.value)) return b;
  return a.at < b.at ? a : b;
}
template <class B, class T> __device__ inline void reduce_places(const Args& a) {
  typedef typename Wide<T>::type W;
  __shared__ W values[32];
  __shared__ i64 places[32];
  for (i64 line = blockIdx.x; line < a.walk.numel; line += gridDim.x) {
    const Offsets<2> o = locate<2>(a.walk, line);
    const T* x = (const T*)a.p[0] + o.at[0];
    // Threads beyond the line begin with its first element, which changes nothing.
    Best<W> best = {widen(x[0]), 0};
    for (i64 j = threadIdx.x; j < a.inner.numel; j += blockDim.x) {
      best = best_of<B>(best, Best<W>{widen(x[locate<1>(a.inner, j).at[0]]), j});
    }
    for (int mask = 16; mask > 0; mask /= 2) {
      best = best_of<B>(best, Best<W>{shuffled(best.value, mask), shuffled(best.at, mask)});
    }
    const int warps = int(blockDim.x) / 32;
    __syncthreads();  // the last line's may still be read
    if (threadIdx.x % 32 == 0) {
      values[threadIdx.x / 32] = best.value;
      places[threadIdx.x / 32] = best.at;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      for (int k = 1; k < warps; ++k) best = best_of<B>(best, Best<W>{values[k], places[k]});
      ((i64*)a.p[1])[o.at[1]] = best.at;
    }
  }
}
