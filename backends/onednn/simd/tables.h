// What each source of this folder gives to the table of its instruction set.
#pragma once

#include "backends/onednn/loops.h"

namespace nnrun::onednn::NNRUN_ISA {

TileLoop unary_loop(UnaryOp op, DType t);
TileLoop binary_loop(BinaryOp op, DType t);
TileLoop cast_loop(DType from, DType to);
TileLoop copy_loop(int element_bytes);
TileLoop where_loop(int element_bytes);
const ReduceLoops* reduce_loops(ReduceOp op, DType t);
int64_t (*arg_extreme_loop(bool largest, DType t))(const void*, int64_t, int64_t);
bool (*finite_loop(DType t))(const void*, int64_t);
int32_t largest_magnitude(const float* x, int64_t n);
FormulaLoop formula_loop(int fn, int scalars, bool is_double);
void (*widen_loop(DType t))(const void*, int64_t, void*, int64_t);
void (*narrow_loop(DType t))(const void*, void*, int64_t, int64_t);
void uniform_blocks(const int64_t* state, uint64_t begin, int64_t blocks, float* out);
void dropout(const int64_t* state, uint64_t begin, int64_t n, float p, float scale, const float* x,
             float* y, uint8_t* mask);
void small_product(const SmallProduct& s, const float* x, const float* w, const float* bias,
                   float* y);
void vector_matrix(const float* x, int64_t x_step, const float* w, int64_t w_row, int64_t k,
                   int64_t n, const float* bias, float* y);
void dots(const float* x, int64_t x_row, int64_t rows, const float* w, int64_t k, float start,
          float* y, int64_t y_step);
Bf16DotLoops bf16_dot_loops();
AmxLoops amx_loops();
RowLoops row_loops();
ChannelLoops channel_loops();
PoolLoops pool_loops();
const BlockLoops* block_loops(int lanes);
ConvLoops conv_loops();
ConvRowLoops conv_row_loops();
GemmLoops gemm_loops();
WinogradLoops winograd_loops();
OptimizerLoop optimizer_loop(OptimizerOp op, DType t);

/// All of the above.
const Loops& table();

}  // namespace nnrun::onednn::NNRUN_ISA
