// The scalar functions that formulas are written in: floats in their own precision, integers modulo
// 2^bits, NaN where an operand is.
template <class T> struct Bits { typedef u64 type; };
template <> struct Bits<float> { typedef float type; };
template <> struct Bits<double> { typedef double type; };

template <class T> __device__ inline T plus(T x, T y) {
  typedef typename Bits<T>::type B;
  return T(B(x) + B(y));
}
template <class T> __device__ inline T minus(T x, T y) {
  typedef typename Bits<T>::type B;
  return T(B(x) - B(y));
}
template <class T> __device__ inline T times(T x, T y) {
  typedef typename Bits<T>::type B;
  return T(B(x) * B(y));
}
/// x y + z for long sums: rounded once where the device has an instruction for it.
template <class T> __device__ inline T times_plus(T x, T y, T z) { return plus(times(x, y), z); }
#ifdef __CUDA_ARCH__
__device__ inline float times_plus(float x, float y, float z) { return fmaf(x, y, z); }
__device__ inline double times_plus(double x, double y, double z) { return fma(x, y, z); }
#endif
template <class T> __device__ inline T negated(T x) {
  typedef typename Bits<T>::type B;
  return T(-B(x));
}
template <class T> __device__ inline bool is_nan(T x) { return x != x; }
template <class T> __device__ inline T larger(T x, T y) { return is_nan(x) || x > y ? x : y; }
template <class T> __device__ inline T smaller(T x, T y) { return is_nan(x) || x < y ? x : y; }
template <class T> __device__ inline T sign_of(T x) {
  return is_nan(x) ? x : T(int(x > T(0)) - int(x < T(0)));
}
__device__ inline float absolute(float x) { return fabsf(x); }
__device__ inline double absolute(double x) { return fabs(x); }
template <class T> __device__ inline T absolute(T x) { return x < T(0) ? negated(x) : x; }

#define NNRUN_UNARY(name, single, wide)                       \
  __device__ inline float name(float x) { return single(x); } \
  __device__ inline double name(double x) { return wide(x); }
NNRUN_UNARY(exp_of, expf, exp)
NNRUN_UNARY(expm1_of, expm1f, expm1)
NNRUN_UNARY(log_of, logf, log)
NNRUN_UNARY(log1p_of, log1pf, log1p)
NNRUN_UNARY(tanh_of, tanhf, tanh)
NNRUN_UNARY(sqrt_of, sqrtf, sqrt)
NNRUN_UNARY(sin_of, sinf, sin)
NNRUN_UNARY(cos_of, cosf, cos)
NNRUN_UNARY(erf_of, erff, erf)
NNRUN_UNARY(floor_of, floorf, floor)
NNRUN_UNARY(ceil_of, ceilf, ceil)
NNRUN_UNARY(round_of, rintf, rint)
#undef NNRUN_UNARY
__device__ inline float pow_of(float x, float y) { return powf(x, y); }
__device__ inline double pow_of(double x, double y) { return pow(x, y); }

template <class T> __device__ inline T sigmoid_of(T x) {
  const T e = exp_of(-absolute(x));  // at most 1: no overflow on either side
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}
template <class T> __device__ inline bool finite(T x) { return absolute(x) < Limits<T>::highest(); }
/// a + w (b - a), from the nearer end.
template <class T> __device__ inline T lerp_of(T a, T b, T w) {
  return w < T(0.5) ? a + (b - a) * w : b - (b - a) * (T(1) - w);
}
