/* One application of an op: what is computed, on values of which type.
 *
 * Gradients are ops too (`conv2d_grad_weight`), and what backward needs from forward is one more
 * output, so kernels know no phases. */
#ifndef NNRUN_ABI_OP_H
#define NNRUN_ABI_OP_H

#include "attrs.h"
#include "tensor.h"

NNR_BEGIN
enum { NNR_MATH_STRICT = 0, NNR_MATH_FAST = 1 };
enum { NNR_D_DETERMINISTIC = 1 };

/* Output `out` may lie in the buffer of input `in`. FROZEN. */
typedef struct nnr_alias {
  uint32_t in, out;
} nnr_alias;

typedef struct nnr_graph nnr_graph; /* compiler.h */

/* An absent operand is a NULL entry. `body`: of a claimed group, what it computes; else NULL.
 * Ops are pure functions: an optimizer returns the new parameter, and the planner binds it to the
 * parameter's own buffer where the offer's in-place pairs allow. `threads`: how many a run may use.
 */
typedef struct nnr_op_desc {
  uint32_t struct_size, op_rev;
  nnr_str op;
  uint32_t n_in, n_out, n_attr, math;
  const nnr_tdesc *const *in, *const *out;
  const nnr_attr* attr;
  uint32_t threads, flags; /* NNR_D_* */
  const nnr_graph* body;
} nnr_op_desc;
NNR_END

NNR_ASSERT(sizeof(nnr_alias) == 8, "nnr_alias is frozen");

#endif
