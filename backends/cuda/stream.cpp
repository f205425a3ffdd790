#include "backends/cuda/stream.h"

#include <cstring>
#include <memory>

#include <nnrun/sdk/status.hpp>

#include "backends/cuda/device.h"

namespace nnrun::cuda {
namespace {

using sdk::Failure;
using sdk::guard;

CUstream stream_of(void* s) { return static_cast<CUstream>(s); }
CUdeviceptr address(const void* p) { return reinterpret_cast<CUdeviceptr>(p); }
bool on_gpu(DLDevice d) { return d.device_type == kDLCUDA; }

/// Streams and events are made in the context of a device, and used without one being current.
nnr_status stream_create(void*, DLDevice d, void** out, nnr_err* e) noexcept {
  return guard(e, [&] {
    const Device::Current current(device_of(d));
    CUstream s = nullptr;
    driver().check(driver().cuStreamCreate(&s, CU_STREAM_DEFAULT), "cuStreamCreate");
    *out = s;
  });
}
void stream_destroy(void*, void* s) noexcept { driver().cuStreamDestroy(stream_of(s)); }

nnr_status stream_sync(void*, void* s, nnr_err* e) noexcept {
  return guard(e, [&] {
    if (s != nullptr) {
      driver().check(driver().cuStreamSynchronize(stream_of(s)), "cuStreamSynchronize");
      return;
    }
    for (const auto& d : devices()) {  // the default stream of each
      const Device::Current current(*d);
      driver().check(driver().cuStreamSynchronize(nullptr), "cuStreamSynchronize");
    }
  });
}

nnr_status event_create(void*, DLDevice d, void** out, nnr_err* e) noexcept {
  return guard(e, [&] {
    const Device::Current current(device_of(d));
    CUevent ev = nullptr;
    driver().check(driver().cuEventCreate(&ev, CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    *out = ev;
  });
}
nnr_status event_record(void*, void* ev, void* s, nnr_err* e) noexcept {
  return guard(e, [&] {
    driver().check(driver().cuEventRecord(static_cast<CUevent>(ev), stream_of(s)), "cuEventRecord");
  });
}
nnr_status event_wait(void*, void* ev, void* s, nnr_err* e) noexcept {
  return guard(e, [&] {
    const CUevent event = static_cast<CUevent>(ev);
    if (s == nullptr) {
      driver().check(driver().cuEventSynchronize(event), "cuEventSynchronize");
    } else {
      driver().check(driver().cuStreamWaitEvent(stream_of(s), event, 0), "cuStreamWaitEvent");
    }
  });
}
nnr_status event_query(void*, void* ev, int32_t* done, nnr_err* e) noexcept {
  return guard(e, [&] {
    const CUresult r = driver().cuEventQuery(static_cast<CUevent>(ev));
    if (r != CUDA_ERROR_NOT_READY) driver().check(r, "cuEventQuery");
    *done = r == CUDA_SUCCESS ? 1 : 0;
  });
}
void event_destroy(void*, void* ev) noexcept { driver().cuEventDestroy(static_cast<CUevent>(ev)); }

nnr_status copy(void*, const DLTensor* src, DLTensor* dst, void* s, nnr_err* e) noexcept {
  return guard(e, [&] {
    uint64_t bytes = (uint64_t(src->dtype.bits) * src->dtype.lanes + 7) / 8;
    for (int i = 0; i < src->ndim; ++i) bytes *= uint64_t(src->shape[i]);
    if (bytes == 0) return;
    const char* from = static_cast<const char*>(src->data) + src->byte_offset;
    char* to = static_cast<char*>(dst->data) + dst->byte_offset;
    const bool from_gpu = on_gpu(src->device), to_gpu = on_gpu(dst->device);
    if (!from_gpu && !to_gpu) {
      std::memcpy(to, from, bytes);
    } else if (!from_gpu && src->device.device_type == kDLCPU) {
      device_of(dst->device).from_host(to, from, bytes, stream_of(s));
    } else if (!to_gpu && dst->device.device_type == kDLCPU) {
      device_of(src->device).to_host(to, from, bytes, stream_of(s));
    } else {  // between GPUs, or pinned memory
      const Device::Current current(device_of(to_gpu ? dst->device : src->device));
      driver().check(driver().cuMemcpyAsync(address(to), address(from), bytes, stream_of(s)),
                     "cuMemcpyAsync");
    }
  });
}

nnr_status fill(void*, DLDevice d, void* p, uint32_t byte, uint64_t n, void* s,
                nnr_err* e) noexcept {
  return guard(e, [&] {
    if (n == 0) return;
    if (!on_gpu(d)) {
      std::memset(p, int(byte), n);
      return;
    }
    const Device::Current current(device_of(d));
    driver().check(
        driver().cuMemsetD8Async(address(p), static_cast<unsigned char>(byte), n, stream_of(s)),
        "cuMemsetD8Async");
  });
}

/// A captured sequence of launches.
struct Replay {
  CUgraphExec graph = nullptr;
  CUstream stream = nullptr;
  ~Replay() {
    if (graph != nullptr) driver().cuGraphExecDestroy(graph);
  }
};

nnr_status capture_begin(void*, void* s, nnr_err* e) noexcept {
  return guard(e, [&] {
    driver().check(driver().cuStreamBeginCapture(stream_of(s), CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                   "cuStreamBeginCapture");
  });
}
nnr_status capture_end(void*, void* s, nnr_launch* replay, nnr_err* e) noexcept {
  return guard(e, [&] {
    const Driver& d = driver();
    CUgraph graph = nullptr;
    const CUresult ended = d.cuStreamEndCapture(stream_of(s), &graph);
    if (replay == nullptr) {  // abandoned
      if (graph != nullptr) d.cuGraphDestroy(graph);
      return;
    }
    d.check(ended, "cuStreamEndCapture");
    auto r = std::make_unique<Replay>();
    r->stream = stream_of(s);
    const CUresult made = d.cuGraphInstantiateWithFlags(&r->graph, graph, 0);
    d.cuGraphDestroy(graph);
    d.check(made, "cuGraphInstantiate");
    replay->run = [](void* ctx, nnr_err* err) noexcept -> nnr_status {
      return guard(err, [&] {
        const Replay* p = static_cast<Replay*>(ctx);
        driver().check(driver().cuGraphLaunch(p->graph, p->stream), "cuGraphLaunch");
      });
    };
    replay->run_n = nullptr;
    replay->unbind = [](void* ctx) noexcept { delete static_cast<Replay*>(ctx); };
    replay->ctx = r.release();
  });
}

}  // namespace

void set_stream_functions(nnr_backend* t) {
  t->copy = copy;
  t->fill = fill;
  t->stream_create = stream_create;
  t->stream_destroy = stream_destroy;
  t->stream_sync = stream_sync;
  t->event_create = event_create;
  t->event_record = event_record;
  t->event_wait = event_wait;
  t->event_query = event_query;
  t->event_destroy = event_destroy;
  t->capture_begin = capture_begin;
  t->capture_end = capture_end;
}

}  // namespace nnrun::cuda
