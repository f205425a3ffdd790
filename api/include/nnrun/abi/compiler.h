/* Interface "nnr.compiler/1": fusion patterns, subgraphs, whole training steps.
 *
 * claim() sees the graph and names the groups it would like, which may overlap; the planner
 * chooses. A group is then an op_desc with op "group" and a body: offer, prepare and bind serve it
 * like any op; in[i] and out[i] describe body->val[body->in[i]] and body->val[body->out[i]].
 *
 * It is asked twice: first for row-major values, where a group takes part in the choice of layouts
 * like any op; then, NNR_G_LAID_OUT, for what is in no group yet, in the layouts that were chosen.
 * What runs in whatever layout it is given belongs to the second. */
#ifndef NNRUN_ABI_COMPILER_H
#define NNRUN_ABI_COMPILER_H

#include "host.h"
#include "kernel.h"

#define NNR_COMPILER_ID "nnr.compiler/1"

NNR_BEGIN
typedef struct nnr_node {
  uint32_t struct_size, n_in, n_out, n_attr;
  nnr_str op;
  uint32_t op_rev, reserved;
  const uint32_t *in, *out; /* value ids, NNR_NONE where absent */
  const nnr_attr* attr;
} nnr_node;

enum { NNR_G_LAID_OUT = 1 };

struct nnr_graph {
  uint32_t struct_size, n_val, n_node, n_in, n_out, flags; /* NNR_G_* */
  const nnr_tdesc* const* val;
  const nnr_node* const* node; /* in an order that can be run */
  const uint32_t *in, *out;
};

typedef void (*nnr_group_fn)(void* arg, const uint32_t* node, uint32_t n, double gain_ns) NNR_NX;

typedef struct nnr_compiler {
  uint32_t struct_size, reserved;
  nnr_status (*open)(const nnr_host* h, const nnr_attr* cfg, uint32_t n_cfg, void** self,
                     nnr_err* e) NNR_NX;
  void (*close)(void* self) NNR_NX;
  nnr_status (*claim)(void* self, const nnr_graph* g, nnr_group_fn group, void* arg,
                      nnr_err* e) NNR_NX;
  const nnr_kernels* kernels;
} nnr_compiler;
NNR_END

#endif
