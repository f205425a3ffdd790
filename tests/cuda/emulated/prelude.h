// CUDA C++ as plain C++: what the text of a kernel needs to compile for the host. Threads of a
// block run one at a time, from barrier to barrier; blocks run one after another.
struct NnrunDim3 {
  unsigned x, y, z;
};
struct NnrunThreads {
  NnrunDim3 thread, block, block_size, grid;
  void (*barrier)();
};
extern "C" {
NnrunThreads nnrun_threads;
}

#define __device__
#define __global__ __attribute__((visibility("default")))
#define __launch_bounds__(...)
#define __grid_constant__
#define __restrict__ __restrict
#define __shared__ static
#define threadIdx nnrun_threads.thread
#define blockIdx nnrun_threads.block
#define blockDim nnrun_threads.block_size
#define gridDim nnrun_threads.grid
#define __syncthreads() nnrun_threads.barrier()

extern "C" {
float expf(float), expm1f(float), logf(float), log1pf(float), tanhf(float), sqrtf(float),
    sinf(float), cosf(float), erff(float), floorf(float), ceilf(float), rintf(float), fabsf(float),
    powf(float, float);
double exp(double), expm1(double), log(double), log1p(double), tanh(double), sqrt(double),
    sin(double), cos(double), erf(double), floor(double), ceil(double), rint(double), fabs(double),
    pow(double, double);
}
template <class To, class From> inline To nnrun_bits(From v) {
  To r;
  __builtin_memcpy(&r, &v, sizeof r);
  return r;
}
inline float __int_as_float(int v) { return nnrun_bits<float>(v); }
inline int __float_as_int(float v) { return nnrun_bits<int>(v); }
inline double __longlong_as_double(long long v) { return nnrun_bits<double>(v); }

/// Every thread of the block takes part.
template <class T> inline T __shfl_xor_sync(unsigned, T v, int mask) {
  static T slot[1024];
  const unsigned i = threadIdx.x;
  slot[i] = v;
  __syncthreads();
  const T r = slot[(i & ~31u) | ((i ^ unsigned(mask)) & 31u)];
  __syncthreads();
  return r;
}
template <class T> inline T atomicAdd(T* p, T v) {
  const T before = *p;
  *p = before + v;
  return before;
}
