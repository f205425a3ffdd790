/* Interface "nnr.scalars/1": elementwise functions given as one formula, y = f(x0..; a0..).
 *
 * The text is all a backend needs: it is parsed, differentiated and evaluated tile by tile on the
 * CPU and compiled at run time on a GPU. Grammar: <nnrun/sdk/formula.hpp>. */
#ifndef NNRUN_ABI_SCALARS_H
#define NNRUN_ABI_SCALARS_H

#include "attrs.h"

#define NNR_SCALARS_ID "nnr.scalars/1"

NNR_BEGIN
enum {
  NNR_S_ZERO_TO_ZERO = 1, /* f(0) = 0 */
  NNR_S_SURROGATE = 2     /* derivative is a stated formula, not that of value */
};

/* a0.. are the attributes in declared order, all NNR_FLOAT of count 1.
 * derivative: n_in formulas in x0.. and a0.., d value / d x_i; NULL: the host differentiates. */
typedef struct nnr_scalar {
  uint32_t struct_size, flags;
  nnr_str name, doc;
  uint32_t n_in, n_attr;
  const nnr_attr_decl* const* attr;
  nnr_str value;
  const nnr_str* derivative;
} nnr_scalar;

typedef struct nnr_scalars {
  uint32_t struct_size, n;
  const nnr_scalar* const* fn;
} nnr_scalars;
NNR_END

#endif
