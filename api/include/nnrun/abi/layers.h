/* Interface "nnr.layers/1": layers with parameters. A layer builds itself through the builder, so
 * gradients, placement and fusion follow from the ops it is made of. */
#ifndef NNRUN_ABI_LAYERS_H
#define NNRUN_ABI_LAYERS_H

#include "builder.h"

#define NNR_LAYERS_ID "nnr.layers/1"

NNR_BEGIN
typedef struct nnr_layer {
  uint32_t struct_size, min_in;
  nnr_str name, doc; /* vendor.Name */
  uint32_t max_in, n_out, n_attr, reserved;
  const nnr_attr_decl* const* attr;
  nnr_status (*build)(const nnr_attr* attr, uint32_t n_attr, const nnr_builder* b,
                      const uint32_t* in, uint32_t n_in, uint32_t* out, nnr_err* e) NNR_NX;
} nnr_layer;

typedef struct nnr_layers {
  uint32_t struct_size, n;
  const nnr_layer* const* layer;
} nnr_layers;
NNR_END

#endif
