/* What a value is, before there is memory for it: dtype, shape, strides, device, layout.
 *
 * Tensors are DLPack's DLTensor. Strides are always present, in elements; byte_offset is honoured;
 * rank 0 and sizes of 0 are legal. */
#ifndef NNRUN_ABI_TENSOR_H
#define NNRUN_ABI_TENSOR_H

#include "common.h"
#include "dlpack/dlpack.h"

NNR_BEGIN
enum {
  NNR_T_CONST =
      1,          /* t.data holds the value, now and at every run; on the host, whatever t.device */
  NNR_T_PARAM = 2 /* a parameter: read many times, written once a step */
};

/* layout: "" strided, as t.strides says;
 *         "owner:fmt" the elements permuted and zero-padded, in `bytes` bytes;
 *         "owner!fmt" private to its owner.
 * Layouts compare by equality only. Padding is zero, and whoever writes keeps it zero. */
typedef struct nnr_tdesc {
  uint32_t struct_size, flags;
  DLTensor t;
  nnr_str layout;
  uint64_t bytes, align; /* of the buffer, padding included */
} nnr_tdesc;
NNR_END

NNR_ASSERT(sizeof(DLTensor) == 48, "DLTensor drifted");

#endif
