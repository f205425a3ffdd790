/* Interface "nnr.ops/1": ops of a plug-in's own.
 *
 * An op gives infer, and at least one of compose (runs and differentiates everywhere), call (a
 * plain loop on the CPU) and kernels (prepared). Without gradient, that of compose is taken;
 * without either, training through the op is refused when the model is built. */
#ifndef NNRUN_ABI_OPS_H
#define NNRUN_ABI_OPS_H

#include "builder.h"
#include "kernel.h"

#define NNR_OPS_ID "nnr.ops/1"

NNR_BEGIN
enum {
  NNR_F32 = 1,
  NNR_F64 = 2,
  NNR_BF16 = 4,
  NNR_F16 = 8,
  NNR_I32 = 16,
  NNR_I64 = 32,
  NNR_U8 = 64,
  NNR_B8 = 128
};
enum {
  NNR_OP_SURROGATE = 1,   /* the gradient is a stated formula, not the derivative */
  NNR_OP_ZERO_TO_ZERO = 2 /* elementwise, and f(0) = 0 */
};

typedef struct nnr_op {
  uint32_t struct_size, op_rev;
  nnr_str name, doc; /* vendor.name */
  uint32_t min_in, max_in, n_out, n_attr;
  const nnr_attr_decl* const* attr;
  /* The host supplies shape[8] and strides[8] in each out; write ndim, shape and dtype. */
  nnr_status (*infer)(const nnr_op_desc* d, nnr_tdesc* const* out, nnr_err* e) NNR_NX;
  nnr_status (*compose)(const nnr_op_desc* d, const nnr_builder* b, const uint32_t* in,
                        uint32_t* out, nnr_err* e) NNR_NX;
  /* gin[i]: the gradient of input i, or NNR_NONE; asked for where want[i]. gout[i] may be NONE. */
  nnr_status (*gradient)(const nnr_op_desc* d, const nnr_builder* b, const uint32_t* in,
                         const uint32_t* out, const uint32_t* gout, const uint8_t* want,
                         uint32_t* gin, nnr_err* e) NNR_NX;
  /* Row-major operands on the CPU, of the dtypes in call_dtypes; any number of threads at once. */
  nnr_status (*call)(const nnr_op_desc* d, const DLTensor* const* in, DLTensor* const* out,
                     nnr_err* e) NNR_NX;
  uint64_t call_dtypes;       /* NNR_F32 | ... */
  const nnr_kernels* kernels; /* self is NULL */
  uint32_t flags, reserved;   /* NNR_OP_* */
} nnr_op;

typedef struct nnr_ops {
  uint32_t struct_size, n;
  const nnr_op* const* op;
} nnr_ops;
NNR_END

#endif
