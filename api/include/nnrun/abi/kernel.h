/* How an op is computed: offer -> prepare -> bind -> run.
 *
 * offer    cheap and pure: the ways this backend can do the op, or none and why.
 * prepare  once per op, shapes, dtypes, layouts, attributes, threads: an immutable kernel.
 * bind     a kernel and its buffers become a launch; every pointer lives in launch.ctx.
 * run      the hot path: `for (l : launches) l.run(l.ctx, e)`. No allocation, no lock.
 * rebind   the same launch with other addresses (eager code); changes nothing on failure.
 *
 * offer, prepare, release: any thread, one at a time per self. bind, rebind, run, unbind of
 * different launches: at once, unlocked; one launch by one thread at a time. After a good bind, run
 * fails only with INVALID (a value it was given: an index out of range), NOMEM, DEVICE_LOST,
 * CANCELLED or INTERNAL; outputs are then undefined. */
#ifndef NNRUN_ABI_KERNEL_H
#define NNRUN_ABI_KERNEL_H

#include "op.h"
#include "status.h"

NNR_BEGIN
enum {
  NNR_K_DETERMINISTIC = 1, /* same bits at every run, on any thread count */
  NNR_K_APPROX = 2,        /* looser than the dtype's tolerance: only under math: fast */
  NNR_K_REFERENCE = 4,     /* slow on purpose or by accident: the last choice */
  NNR_K_OWN_THREADS = 8,   /* runs threads of its own; the host parks its pool */
  NNR_K_CAPTURE_SAFE = 16  /* only enqueues on the stream */
};

/* One way to do an op. Arrays are valid until the next offer() on this self.
 * layout and bytes: one entry per operand, inputs first; layout NULL: every operand as asked.
 * inplace: pairs that MAY share a buffer. est_ns < 0: please time me. */
typedef struct nnr_offer {
  uint32_t struct_size, flags;
  nnr_str impl;
  double est_ns;
  const nnr_str* layout;
  const uint64_t* bytes;
  uint64_t workspace_bytes, workspace_align;
  const nnr_alias* inplace;
  uint32_t n_inplace, reserved;
} nnr_offer;

/* FROZEN. run_n(n) equals n times run; NULL: the host loops. */
typedef struct nnr_launch {
  nnr_status (*run)(void* ctx, nnr_err* e) NNR_NX;
  nnr_status (*run_n)(void* ctx, uint64_t n, nnr_err* e) NNR_NX;
  void* ctx;
  void (*unbind)(void* ctx) NNR_NX;
} nnr_launch;

/* buffer: address of element 0 of each operand, inputs first; NULL where absent.
 * offer: *n is how many there are; only the first `cap` are written; n = 0: no, and why. With some
 * offered, `why` may say what speaks against the others. */
typedef struct nnr_kernels {
  uint32_t struct_size, reserved;
  nnr_status (*offer)(void* self, const nnr_op_desc* d, nnr_offer* const* out, uint32_t cap,
                      uint32_t* n, nnr_err* why) NNR_NX;
  nnr_status (*prepare)(void* self, const nnr_op_desc* d, nnr_str impl, void** kernel,
                        nnr_err* e) NNR_NX;
  nnr_status (*bind)(void* kernel, void* const* buffer, void* workspace, void* stream,
                     nnr_launch* out, nnr_err* e) NNR_NX;
  nnr_status (*rebind)(nnr_launch* l, void* const* buffer, void* workspace, void* stream,
                       nnr_err* e) NNR_NX;
  void (*release)(void* kernel) NNR_NX;
} nnr_kernels;
NNR_END

NNR_ASSERT(sizeof(nnr_launch) == 32, "nnr_launch is frozen");

#endif
