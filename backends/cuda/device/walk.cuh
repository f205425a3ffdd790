// Where the elements of a walk lie, and the loops over them.
template <int N> struct Offsets { i64 at[N]; };

template <int N, class I> __device__ inline Offsets<N> locate_by(const Walk& w, I i) {
  Offsets<N> o;
#pragma unroll
  for (int k = 0; k < N; ++k) o.at[k] = 0;
  for (int d = w.rank - 1; d > 0; --d) {
    const I size = I(w.shape[d]), next = i / size;
    const i64 index = i64(i - next * size);
    i = next;
#pragma unroll
    for (int k = 0; k < N; ++k) o.at[k] += index * w.stride[d][k];
  }
#pragma unroll
  for (int k = 0; k < N; ++k) o.at[k] += i64(i) * w.stride[0][k];
  return o;
}
/// The offsets of element i in row-major order; divides in 32 bits where that is enough.
template <int N> __device__ inline Offsets<N> locate(const Walk& w, i64 i) {
  if (w.numel <= 0xffffffffll) return locate_by<N, u32>(w, u32(i));
  return locate_by<N, u64>(w, u64(i));
}

__device__ inline i64 first_thread() { return i64(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline i64 all_threads() { return i64(gridDim.x) * blockDim.x; }

/// n elements side by side, read and written at once.
template <class T, int N> struct alignas(sizeof(T) * N) Pack { T v[N]; };
