// Products of matrices at any strides, in tiles of 64 x 64 that a block of 256 threads computes in
// steps of 16: each thread has 4 x 4 results. a.walk goes over the products (operands x, y, out).
// a.n: rows, columns, inner size; steps of x along rows and inner, of y along inner and columns, of
// out along rows and columns; step of the bias p[3] along columns, which may be null.
template <class T> __device__ inline void product(const Args& a) {
  typedef typename Wide<T>::type W;
  const int kTile = 64, kStep = 16;
  __shared__ W left[kStep][kTile + 1];
  __shared__ W right[kStep][kTile + 1];
  const i64 rows = a.n[0], columns = a.n[1], inner = a.n[2];
  const i64 down = (rows + kTile - 1) / kTile, across = (columns + kTile - 1) / kTile;
  const int thread = int(threadIdx.x), row = thread / 16 * 4, column = thread % 16 * 4;
  for (i64 tile = blockIdx.x; tile < a.walk.numel * down * across; tile += gridDim.x) {
    const Offsets<3> o = locate<3>(a.walk, tile / (down * across));
    const i64 top = tile / across % down * kTile, start = tile % across * kTile;
    const T *x = (const T*)a.p[0] + o.at[0], *y = (const T*)a.p[1] + o.at[1];
    W sum[4][4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) sum[i][j] = W(0);
    }
    for (i64 k0 = 0; k0 < inner; k0 += kStep) {
      __syncthreads();  // the last step's may still be read
      // Neighbours read neighbours along whichever side is contiguous.
      for (int e = thread; e < kTile * kStep; e += 256) {
        const int r = a.n[4] == 1 ? e / kStep : e % kTile, k = a.n[4] == 1 ? e % kStep : e / kTile;
        const bool inside = top + r < rows && k0 + k < inner;
        left[k][r] = inside ? W(widen(x[(top + r) * a.n[3] + (k0 + k) * a.n[4]])) : W(0);
      }
      for (int e = thread; e < kTile * kStep; e += 256) {
        const int c = a.n[6] == 1 ? e % kTile : e / kStep, k = a.n[6] == 1 ? e / kTile : e % kStep;
        const bool inside = start + c < columns && k0 + k < inner;
        right[k][c] = inside ? W(widen(y[(k0 + k) * a.n[5] + (start + c) * a.n[6]])) : W(0);
      }
      __syncthreads();
#pragma unroll
      for (int k = 0; k < kStep; ++k) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
#pragma unroll
          for (int j = 0; j < 4; ++j) {
            sum[i][j] = times_plus(left[k][row + i], right[k][column + j], sum[i][j]);
          }
        }
      }
    }
    const T* bias = (const T*)a.p[3];
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        const i64 r = top + row + i, c = start + column + j;
        if (r >= rows || c >= columns) continue;
        const W b = bias == nullptr ? W(0) : W(widen(bias[c * a.n[9]]));
        ((T*)a.p[2])[o.at[2] + r * a.n[7] + c * a.n[8]] = convert<T>(plus(sum[i][j], b));
      }
    }
  }
}
