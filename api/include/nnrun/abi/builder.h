/* The builder: ops, layers and gradients are composed through it, by core and by plug-ins alike.
 *
 * Values are ids, valid until the build, compose or gradient call returns, as is what desc() gives.
 * Only the thread that was called may use the builder. */
#ifndef NNRUN_ABI_BUILDER_H
#define NNRUN_ABI_BUILDER_H

#include "attrs.h"
#include "status.h"
#include "tensor.h"

NNR_BEGIN
enum {
  NNR_INIT_ZEROS = 0,
  NNR_INIT_ONES = 1,
  NNR_INIT_UNIFORM = 2,         /* U(a, b) */
  NNR_INIT_NORMAL = 3,          /* mean a, standard deviation b */
  NNR_INIT_KAIMING_UNIFORM = 4, /* U(-r, r), r = sqrt(6 / ((1 + a^2) fan_in)), as torch */
  NNR_INIT_XAVIER_UNIFORM = 5,  /* U(-r, r), r = a sqrt(6 / (fan_in + fan_out)) */
  NNR_INIT_CONSTANT = 6         /* a */
};
typedef struct nnr_init {
  uint32_t struct_size, kind;
  double a, b;
  int64_t fan_in, fan_out;
} nnr_init;

enum { NNR_B_PERSISTENT = 1 }; /* a buffer that belongs to the saved state */

typedef struct nnr_builder {
  uint32_t struct_size, training;
  void* ctx;
  nnr_status (*emit)(void* ctx, nnr_str op, uint32_t rev, const uint32_t* in, uint32_t n_in,
                     const nnr_attr* a, uint32_t n_a, uint32_t* out, uint32_t n_out,
                     nnr_err* e) NNR_NX;
  nnr_status (*constant)(void* ctx, const DLTensor* v, uint32_t* out, nnr_err* e) NNR_NX;
  const nnr_tdesc* (*desc)(void* ctx, uint32_t value)NNR_NX;
  /* The rest is for layers; NULL in an op's compose and gradient.
   * param, buffer: made at the first build, found by name after. */
  nnr_status (*param)(void* ctx, nnr_str name, const nnr_tdesc* d, const nnr_init* init,
                      uint32_t* out, nnr_err* e) NNR_NX;
  nnr_status (*buffer)(void* ctx, nnr_str name, const nnr_tdesc* d, const nnr_init* init,
                       uint32_t flags, uint32_t* out, nnr_err* e) NNR_NX;
  /* Writes value into the buffer at the end of the step; later reads in the step see the value. */
  nnr_status (*assign)(void* ctx, uint32_t buffer, uint32_t value, nnr_err* e) NNR_NX;
  nnr_status (*layer)(void* ctx, nnr_str name, nnr_str type, const nnr_attr* a, uint32_t n_a,
                      const uint32_t* in, uint32_t n_in, uint32_t* out, uint32_t n_out,
                      nnr_err* e) NNR_NX;
  /* A random stream of its own, int64[4] = {key, key, counter, counter}: the operand of rand and
   * randn. The key comes from the seed, the purpose and the layer's name, the counter from the
   * step, so that a replay draws the same numbers. */
  nnr_status (*rng)(void* ctx, nnr_str purpose, uint32_t* state, nnr_err* e) NNR_NX;
  nnr_status (*step)(void* ctx, uint32_t* count, nnr_err* e) NNR_NX; /* int64 scalar */
} nnr_builder;
NNR_END

#endif
