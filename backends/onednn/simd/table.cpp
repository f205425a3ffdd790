#include "backends/onednn/simd/tables.h"

#define NNRUN_TEXT(x) NNRUN_TEXT_OF(x)
#define NNRUN_TEXT_OF(x) #x

namespace nnrun::onednn::NNRUN_ISA {

const Loops& table() {
  static const Loops all = {NNRUN_TEXT(NNRUN_ISA),
                            unary_loop,
                            binary_loop,
                            cast_loop,
                            copy_loop,
                            where_loop,
                            reduce_loops,
                            arg_extreme_loop,
                            finite_loop,
                            largest_magnitude,
                            formula_loop,
                            widen_loop,
                            narrow_loop,
                            uniform_blocks,
                            dropout,
                            small_product,
                            vector_matrix,
                            dots,
                            bf16_dot_loops(),
                            amx_loops(),
                            row_loops(),
                            channel_loops(),
                            pool_loops(),
                            block_loops,
                            conv_loops(),
                            conv_row_loops(),
                            gemm_loops(),
                            winograd_loops(),
                            optimizer_loop};
  return all;
}

}  // namespace nnrun::onednn::NNRUN_ISA
