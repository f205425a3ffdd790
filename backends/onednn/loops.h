// The loops that do the work beside oneDNN: one table of function pointers for each instruction set
// the sources in simd/ are compiled for, chosen once when the library is first asked.
//
// All loops are pure: they run on the calling thread, allocate nothing and read nothing but their
// arguments. A loop of an op may write a result over an operand only where it is the same element.
#pragma once

#include <nnrun/sdk/dtype.hpp>

#include <cstdint>

namespace nnrun::onednn {

using sdk::DType;

/// rows x cols elements of up to 4 operands; steps are in elements and may be 0 or negative.
struct Tile {
  int64_t rows = 1, cols = 1;
  int64_t row_step[4] = {}, col_step[4] = {};
};

/// p: the first element of each operand, inputs first.
using TileLoop = void (*)(void* const* p, const Tile& t);

enum class UnaryOp : uint8_t {
  neg,
  abs,
  sign,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  rsqrt,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  relu,
  floor,
  ceil,
  round,
  isfinite,
  logical_not,
};
enum class BinaryOp : uint8_t {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  logical_and,
  logical_or,
  relu_grad,
  sigmoid_grad,
  tanh_grad,
};
enum class ReduceOp : uint8_t { sum, prod, max, min };

/// An accumulator of 8 bytes: a double for floats, an int64 (modulo 2^64) for integers.
union Accumulator {
  double f;
  int64_t i;
};

struct ReduceLoops {
  Accumulator start;
  /// *acc takes in rows x cols elements.
  void (*rows)(const void* x, int64_t rows, int64_t row_step, int64_t cols, int64_t col_step,
               Accumulator* acc);
  /// acc[j] takes in element j of each row, for j < cols; columns lie side by side.
  void (*columns)(const void* x, int64_t rows, int64_t row_step, int64_t cols, Accumulator* acc);
  /// acc[0] takes in acc[1..n).
  void (*combine)(Accumulator* acc, int64_t n);
  /// y[j * step] = acc[j] * scale, rounded once; the scale of integers is 1.
  void (*store)(const Accumulator* acc, int64_t n, double scale, void* y, int64_t step);
};

/// One instruction of a formula over tiles of kFormulaTile numbers: out[i] = f(a[i], b[i], c[i]).
/// An argument that is one number for all i is given with `scalar` bit 0, 1 or 2 of the look-up.
inline constexpr int kFormulaTile = 256;
using FormulaLoop = void (*)(const void* a, const void* b, const void* c, void* out, int64_t n);

/// A matrix product of small sizes: y (m, n) = x (m, k) by w (k, n), plus bias (n) when not null.
struct SmallProduct {
  int64_t m, k, n;
  int64_t x_row, x_col, w_row, w_col, y_row, y_col;
};

/// Dot products of bfloat16, added up in float32 and rounded once.
struct Bf16DotLoops {
  /// How many numbers a row of k becomes in `prepare`.
  int64_t (*prepared)(int64_t k);
  /// A row as `dots` takes it.
  void (*prepare)(const void* x, int64_t k, float* to);
  /// y[i * y_row + j * y_col] = bias[j] + the product of the prepared row i and row j of w, for
  /// i < rows and j < n. bias may be null.
  void (*dots)(const float* x, int64_t rows, const void* w, int64_t w_row, int64_t n, int64_t k,
               const void* bias, void* y, int64_t y_row, int64_t y_col);
};
/// One block of results of a CPU's matrix unit: sums over steps of 32 numbers.
struct AmxProduct {
  int64_t steps;
  const int64_t* at;  // by step: where its numbers lie in a tile of x, in bytes
  int64_t x_row;      // bytes from a row of a tile to the next
};
/// Products of bfloat16 by it, for blocks of 2 tiles by 2.
struct AmxLoops {
  static constexpr int64_t kTile = 16, kSide = 2 * kTile;
  /// The unit is this thread's until end(); `before` (64 bytes) keeps what it was set to.
  void (*begin)(void* before);
  void (*end)(const void* before);
  /// sum (kSide, kSide): the rows of two tiles of x, the second of which may be null, by the
  /// weights of kSide results: for kTile of them, then for the others, steps of (16, kTile, 2)
  /// numbers.
  void (*block)(const AmxProduct& p, const char* x0, const char* x1, const char* w, float* sum);
  /// kSide numbers of y from each row i of sum, where to[i] >= 0, at y + to[i] * row: with a bias,
  /// something of y's places added where there is, and relu, rounded once.
  void (*finish)(const float* sum, const float* bias, int64_t rows, const int32_t* to, int64_t row,
                 const void* add, bool relu, void* y);
};
/// softmax and its kin over one row of n numbers.
struct RowLoops {
  void (*softmax)(const float* x, float* y, int64_t n);
  void (*log_softmax)(const float* x, float* y, int64_t n);
  void (*softmax_grad)(const float* gy, const float* y, float* gx, int64_t n);
  void (*log_softmax_grad)(const float* gy, const float* y, float* gx, int64_t n);
  /// mean and 1/sqrt(biased variance + eps) of a row.
  void (*moments)(const float* x, int64_t n, double eps, float* mean, float* rstd);
  /// y = (x - mean) * rstd * weight + bias; weight and bias may be null.
  void (*normalize)(const float* x, float mean, float rstd, const float* weight, const float* bias,
                    float* y, int64_t n);
  /// gx of layer_norm; gweight and gbias take in this row's part.
  void (*normalize_grad)(const float* gy, const float* x, float mean, float rstd,
                         const float* weight, float* gx, float* gweight, float* gbias, int64_t n);
};

/// One channel of one sample: `n` numbers side by side.
struct ChannelLoops {
  void (*sums)(const float* x, int64_t n, double* sum);
  void (*squares)(const float* x, int64_t n, float mean, double* sum);
  /// y = (x - mean) * scale + shift
  void (*affine)(const float* x, float mean, float scale, float shift, float* y, int64_t n);
  /// sum += sum(gy), dot += sum(gy * (x - mean))
  void (*grad_sums)(const float* gy, const float* x, float mean, int64_t n, double* sum,
                    double* dot);
  /// gx = gy * a + (x - mean) * b + c
  void (*grad)(const float* gy, const float* x, float mean, float a, float b, float c, float* gx,
               int64_t n);
};

struct PoolShape {
  int64_t h, w, oh, ow;
  int64_t kernel[2], stride[2], padding[2], dilation[2];
  bool count_include_pad;
};
/// Channels or samples in blocks of 8 or 16 lanes: n places one after the other, each with a number
/// of every lane. Like ChannelLoops and PoolLoops; what is by channel is by lane.
struct BlockLoops {
  void (*sums)(const float* x, int64_t n, double* sum);
  void (*squares)(const float* x, int64_t n, const float* mean, double* sum);
  void (*affine)(const float* x, const float* mean, const float* scale, const float* shift,
                 float* y, int64_t n);
  void (*dots)(const float* gy, const float* x, const float* mean, int64_t n, double* sum);
  void (*grad)(const float* gy, const float* x, const float* mean, const float* a, const float* b,
               const float* c, float* gx, int64_t n);
  /// Of the first `used` lanes; the others become 0.
  void (*max)(const float* x, const PoolShape& s, int used, float* y, int32_t* index);
  void (*max_grad)(const float* gy, const int32_t* index, const PoolShape& s, float* gx);
  void (*average)(const float* x, const PoolShape& s, float* y);
  void (*average_grad)(const float* gy, const PoolShape& s, float* gx);
};
/// One axis of a convolution, as a sum over taps: result j, which lies at place to + j * step,
/// takes place from + j * advance + t * spread of the source by tap t, when that is in [0, size).
struct ConvAxis {
  int64_t results, to, step;
  int64_t from, advance, size;
  int64_t taps, spread;
};
/// The places of `lanes` samples with numbers side by side. Sizes and steps of rows and planes are
/// in places, but for those of taps, which are in numbers.
struct ConvLanes {
  ConvAxis rows, cols;
  int64_t in, out;     // channels
  const int64_t* tap;  // (rows.taps, in, cols.taps): where each lies from the first one
  int64_t x_row, y_row, y_plane;
};
/// For gradients of weights: results (rows, cols), dense, and a source in which all taps are
/// inside.
struct ConvGradLanes {
  int64_t rows, cols, out, taps;
  const int64_t* tap;    // and kTapBlock more
  int64_t x_row, x_col;  // from a result to its neighbour
  int64_t y_plane;
};
inline constexpr int kTapBlock = 8;
/// Convolutions whose vectors are one place of as many samples. Weights are read in the order in
/// which they are used: blocks of output channels, in each (taps, channels of the block).
struct ConvLoops {
  int lanes;
  /// How many output channels make the next block, when `rest` are left.
  int64_t (*block)(int64_t rest);
  /// Rows [begin, end) of all results. The first `used` lanes get the bias (may be null).
  void (*correlate)(const ConvLanes& c, int64_t begin, int64_t end, const float* x, const float* w,
                    const float* bias, int used, float* y);
  /// How many numbers the sums of that many output channels and taps are, lane by lane.
  int64_t (*sums)(int64_t out, int64_t taps);
  /// sum takes in all places. gy: the first output channel.
  void (*grad_weight)(const ConvGradLanes& c, const float* gy, const float* x, float* sum);
  /// gw (out, taps) = the lanes of `parts` such sums, added up in their order.
  void (*fold)(int64_t out, int64_t taps, const float* sum, int64_t parts, int64_t part, float* gw);
};
/// Some results of a row, side by side: how many, where the place lies that the first tap of the
/// first one takes, and where that result goes.
struct ConvVector {
  int64_t from, to, n;
};
/// Convolutions of one image whose vectors are such.
struct ConvRows {
  int64_t taps;
  const int64_t* tap;  // where each lies from the first one
  int64_t vectors;
  const ConvVector* vector;
  int64_t y_plane;
};
struct ConvRowLoops {
  int lanes;     // results in a vector; as many numbers are read for fewer
  int channels;  // that are best done at once
  /// `out` channels with weights (out, taps), and a bias where it is not null.
  void (*correlate)(const ConvRows& c, int64_t out, const float* x, const float* w,
                    const float* bias, float* y);
};
/// A matrix product by blocks. A panel holds `width` vectors of `depth` numbers, those of one depth
/// side by side, and zeros for vectors that are not there.
struct GemmLoops {
  int rows, cols;  // of a block; the widths of panels of x and of w
  /// n <= width vectors that are `step` apart; one number of a vector to the next: depth_step.
  void (*pack)(const float* from, int64_t n, int64_t step, int64_t depth, int64_t depth_step,
               int width, float* panel);
  /// y (m, n) += x (m, depth) by the panel w, for m <= rows and n <= cols; the first time from
  /// `start` (n), or 0 where it is null. x: rows with numbers side by side that are x_row apart, or
  /// a panel where x_row is 0. A number of y is the sum in the order of depth, whatever m and n.
  void (*block)(const float* x, int64_t x_row, const float* w, int64_t depth, int64_t m, int64_t n,
                const float* start, bool first, float* y, int64_t y_row);
  /// to (cols, rows) = from (rows, cols), transposed, plus start (rows) where it is not null.
  void (*transpose)(const float* from, int64_t from_row, int64_t rows, int64_t cols,
                    const float* start, float* to, int64_t to_row);
};
/// A tile of a plane whose places are `pitch` channels, and rows `row` numbers apart; only places
/// of rows [top, bottom) and columns [left, right) are there.
struct WinogradTile {
  int64_t pitch, row;
  int top, bottom, left, right;
};
/// Where weights lie: steps from one channel to the next.
struct WinogradWeights {
  int64_t out_step, in_step;
  bool turned;  // by half a turn
};
/// Convolutions of 3x3 by tiles of 4x4 results, see simd/winograd.cpp. Of what is transformed there
/// are 36 numbers, `step` apart, for each channel.
struct WinogradLoops {
  int lanes;  // a pitch and a row of `result` are multiples of it
  /// A tile of 6x6 places; x is where its first one lies, or would.
  void (*source)(const WinogradTile& t, const float* x, float* v, int64_t step);
  /// A tile of 4x4 gradients of results.
  void (*gradient)(const WinogradTile& t, const float* gy, float* v, int64_t step);
  /// A tile of 4x4 results, with a bias (pitch) and something of the same places to add, where they
  /// are not null, and then relu.
  void (*result)(const WinogradTile& t, const float* m, int64_t step, const float* bias,
                 const float* add, bool relu, float* y);
  /// u (36, in, 2 lanes), the first `out` of which are there, the others 0.
  void (*weights)(const WinogradWeights& w, const float* from, int64_t out, int64_t in, float* u,
                  int64_t step);
  /// gw (out, in, 3, 3) for out <= 2 lanes (more are left), from u (36, in, out) whose rows are
  /// `row` apart.
  void (*weights_gradient)(const float* u, int64_t step, int64_t row, int64_t out, int64_t in,
                           float* gw);
  /// u (in, out) += the products of v (in / pitch, tiles, pitch) and e (out / pitch, tiles, pitch),
  /// summed over tiles; the first time from 0.
  void (*sum_products)(const float* v, int64_t in, const float* e, int64_t out, int64_t pitch,
                       int64_t tiles, bool first, float* u);
};
struct PoolLoops {
  void (*max)(const float* x, const PoolShape& s, float* y, int32_t* index);
  void (*average)(const float* x, const PoolShape& s, float* y);
  void (*average_grad)(const float* gy, const PoolShape& s, float* gx);
};

/// What an optimizer's loop needs beside its operands, all settled before the loop.
struct OptimizerScalars {
  float lr, weight_decay, sign;  // sign: -1 under maximize
  float c[5];                    // by optimizer, see simd/optimizers.cpp
  bool flag[3];
};
/// p: param, grad, slots of the input, then param and slots of the output; n elements each.
using OptimizerLoop = void (*)(void* const* p, int64_t n, const OptimizerScalars& s);
enum class OptimizerOp : uint8_t { sgd, adam, rmsprop, adagrad };

struct Loops {
  const char* isa;
  /// A look-up answers null where there is no loop.
  TileLoop (*unary)(UnaryOp, DType);
  TileLoop (*binary)(BinaryOp, DType);
  TileLoop (*cast)(DType from, DType to);
  TileLoop (*copy)(int element_bytes);
  TileLoop (*where)(int element_bytes);  // condition, x, y, out
  const ReduceLoops* (*reduce)(ReduceOp, DType);
  /// The place in [0, n) of the first largest (or smallest) element; NaN beats all. n > 0.
  int64_t (*(*arg_extreme)(bool largest, DType))(const void* x, int64_t n, int64_t step);
  /// Whether n elements side by side are all finite.
  bool (*(*finite)(DType))(const void* x, int64_t n);
  /// The bits of the largest |x|; those of NaN are the largest of all.
  int32_t (*largest_magnitude)(const float* x, int64_t n);
  FormulaLoop (*formula)(int fn, int scalars, bool is_double);
  /// Elements as float or double (16-bit floats become float) into out, and back.
  void (*(*widen)(DType))(const void* x, int64_t step, void* out, int64_t n);
  void (*(*narrow)(DType))(const void* x, void* out, int64_t step, int64_t n);
  /// Blocks [begin, begin + blocks) of Philox, 4 uniform float32 each.
  void (*uniform)(const int64_t* state, uint64_t begin, int64_t blocks, float* out);
  /// n elements from element `begin` (a multiple of 4) of a draw: mask = uniform >= p,
  /// y = x * mask * scale.
  void (*dropout)(const int64_t* state, uint64_t begin, int64_t n, float p, float scale,
                  const float* x, float* y, uint8_t* mask);
  void (*small_product)(const SmallProduct& s, const float* x, const float* w, const float* bias,
                        float* y);
  /// y (n) = x (k) by w (k, n) with unit column steps: streams over w once.
  void (*vector_matrix)(const float* x, int64_t x_step, const float* w, int64_t w_row, int64_t k,
                        int64_t n, const float* bias, float* y);
  /// y[i * y_step] = start + the dot product of row i of x and w, for i < rows.
  void (*dots)(const float* x, int64_t x_row, int64_t rows, const float* w, int64_t k, float start,
               float* y, int64_t y_step);
  Bf16DotLoops bf16_dots;
  AmxLoops amx;  // null where the loops are for less than AVX-512
  RowLoops row;
  ChannelLoops channel;
  PoolLoops pool;
  const BlockLoops* (*block)(int lanes);
  ConvLoops conv;
  ConvRowLoops conv_rows;
  GemmLoops gemm;
  WinogradLoops winograd;
  OptimizerLoop (*optimizer)(OptimizerOp, DType);
};

/// The loops for this CPU, or for less where the environment's NNRUN_MAX_CPU_ISA says x86-64-v2 or
/// x86-64-v3.
const Loops& loops();

/// What a core can do in float32: as measured on a Zen 5 with AVX-512, on a Zen 3 with AVX2.
double multiply_adds_per_ns();

}  // namespace nnrun::onednn
