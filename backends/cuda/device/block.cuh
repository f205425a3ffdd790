// Reductions over the threads of a block. Every thread of the block calls them, and gets the
// result.
template <class T> __device__ inline T shuffled(T v, int mask) {
  return __shfl_xor_sync(0xffffffffu, v, mask);
}
__device__ inline u8 shuffled(u8 v, int mask) {
  return u8(__shfl_xor_sync(0xffffffffu, int(v), mask));
}

template <class R, class T> __device__ inline T warp_reduce(T v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v = R::join(v, shuffled(v, mask));
  return v;
}
/// The order of joining depends on the block's size alone. Blocks have whole warps.
template <class R, class T> __device__ inline T block_reduce(T v) {
  __shared__ T part[32];
  v = warp_reduce<R>(v);
  const int warps = int(blockDim.x) / 32, lane = int(threadIdx.x) % 32;
  if (warps == 1) return v;
  __syncthreads();  // part may still be read from the call before
  if (lane == 0) part[threadIdx.x / 32] = v;
  __syncthreads();
  return warp_reduce<R>(lane < warps ? part[lane] : R::template first<T>());
}

struct Sum {
  template <class T> static __device__ T first() { return T(0); }
  template <class T> static __device__ T join(T a, T b) { return plus(a, b); }
};
struct Prod {
  template <class T> static __device__ T first() { return T(1); }
  template <class T> static __device__ T join(T a, T b) { return times(a, b); }
};
struct Max {
  template <class T> static __device__ T first() { return Limits<T>::lowest(); }
  template <class T> static __device__ T join(T a, T b) { return larger(a, b); }
};
struct Min {
  template <class T> static __device__ T first() { return Limits<T>::highest(); }
  template <class T> static __device__ T join(T a, T b) { return smaller(a, b); }
};
