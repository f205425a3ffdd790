/* Interface "nnr.backend/1": devices, memory, streams and kernels of one backend.
 *
 * On the CPU a stream is NULL and everything is complete on return; stream, event and capture
 * functions may then be NULL. On CUDA a stream is a cudaStream_t and copy, fill and run only
 * enqueue. The callee makes its device current and restores the caller's. Of work on the NULL
 * stream that is still under way, mem_free, rebind and unbind take care themselves; of that on
 * streams that were created, the caller waits for the end first. */
#ifndef NNRUN_ABI_BACKEND_H
#define NNRUN_ABI_BACKEND_H

#include "host.h"
#include "kernel.h"

#define NNR_BACKEND_ID "nnr.backend/1"

NNR_BEGIN
typedef struct nnr_dev_info {
  uint32_t struct_size, flags;
  DLDevice dev;
  uint64_t mem_total, mem_free, align;
  char name[64], arch[32];
} nnr_dev_info;

enum {
  NNR_B_ZEROED = 1 /* what mem_alloc gives is zero-filled: the host need not */
};

typedef struct nnr_backend {
  uint32_t struct_size, flags;
  nnr_str name;
  /* Fails with the reason when nothing can run here: no driver, no device, a missing library. */
  nnr_status (*open)(const nnr_host* h, const nnr_attr* cfg, uint32_t n_cfg, void** self,
                     nnr_err* e) NNR_NX;
  void (*close)(void* self) NNR_NX;
  uint32_t (*device_count)(void* self) NNR_NX;
  nnr_status (*device_info)(void* self, uint32_t i, nnr_dev_info* out, nnr_err* e) NNR_NX;
  nnr_status (*mem_alloc)(void* self, DLDevice d, uint64_t bytes, uint64_t align, void** out,
                          nnr_err* e) NNR_NX;
  void (*mem_free)(void* self, DLDevice d, void* p) NNR_NX;
  nnr_status (*copy)(void* self, const DLTensor* src, DLTensor* dst, void* stream,
                     nnr_err* e) NNR_NX;
  nnr_status (*fill)(void* self, DLDevice d, void* p, uint32_t byte, uint64_t n, void* stream,
                     nnr_err* e) NNR_NX;
  nnr_status (*stream_create)(void* self, DLDevice d, void** out, nnr_err* e) NNR_NX;
  void (*stream_destroy)(void* self, void* s) NNR_NX;
  nnr_status (*stream_sync)(void* self, void* s, nnr_err* e) NNR_NX;
  nnr_status (*event_create)(void* self, DLDevice d, void** out, nnr_err* e) NNR_NX;
  nnr_status (*event_record)(void* self, void* ev, void* s, nnr_err* e) NNR_NX;
  nnr_status (*event_wait)(void* self, void* ev, void* s, nnr_err* e) NNR_NX; /* s NULL: the host */
  nnr_status (*event_query)(void* self, void* ev, int32_t* done, nnr_err* e) NNR_NX;
  void (*event_destroy)(void* self, void* ev) NNR_NX;
  nnr_status (*capture_begin)(void* self, void* s, nnr_err* e) NNR_NX; /* NULL: no capture */
  nnr_status (*capture_end)(void* self, void* s, nnr_launch* replay, nnr_err* e) NNR_NX;
  const nnr_kernels* kernels;
} nnr_backend;
NNR_END

#endif
