// The CUDA backend: NVIDIA GPUs. Nothing of CUDA is linked; what this machine lacks is said by
// open.
#include <nnrun/abi/backend.h>
#include <nnrun/abi/compiler.h>
#include <nnrun/abi/entry.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <nnrun/sdk/parallel.hpp>

#include "backends/cuda/kernels.h"
#include "backends/cuda/map_group.h"
#include "backends/cuda/stream.h"
#include "backends/cuda/weight_gradient.h"

namespace nnrun::cuda {

std::vector<std::vector<KernelDef>> all_kernels();  // generated from kernels/

namespace {

std::vector<KernelDef> kernels() {
  std::vector<KernelDef> flat;
  for (auto& k : all_kernels()) flat.insert(flat.end(), k.begin(), k.end());
  return flat;
}

nnr_status open(const nnr_host* h, const nnr_attr*, uint32_t, void** self, nnr_err* e) noexcept {
  return guard(e, [&] {
    host() = h;
    devices();
    *self = new KernelTable(kernels());
  });
}
void close(void* self) noexcept { delete static_cast<KernelTable*>(self); }
uint32_t device_count(void*) noexcept { return uint32_t(devices().size()); }

nnr_status device_info(void*, uint32_t i, nnr_dev_info* out, nnr_err* e) noexcept {
  return guard(e, [&] {
    const Device& d = device_of({kDLCUDA, int32_t(i)});
    out->dev = {kDLCUDA, int32_t(i)};
    out->mem_total = d.memory();
    out->mem_free = d.free_memory();
    out->align = 256;
    std::strncpy(out->name, d.name().c_str(), sizeof out->name - 1);
    std::strncpy(out->arch, d.architecture().c_str(), sizeof out->arch - 1);
  });
}

nnr_status mem_alloc(void*, DLDevice d, uint64_t bytes, uint64_t align, void** out,
                     nnr_err* e) noexcept {
  return guard(e, [&] {
    const uint64_t n = std::max<uint64_t>(bytes, 1);
    if (d.device_type == kDLCUDA) {
      if (align > 256) throw Failure(NNR_E_UNSUPPORTED, "memory of a GPU is aligned to 256 bytes");
      *out = device_of(d).allocate(n);
    } else if (d.device_type == kDLCUDAHost) {
      const Device::Current current(device_of(d));
      driver().check(driver().cuMemAllocHost(out, n), "cuMemAllocHost");
    } else {
      const uint64_t to = std::max<uint64_t>(align, 64);
      *out = n > UINT64_MAX - to ? nullptr : std::aligned_alloc(to, (n + to - 1) / to * to);
      if (*out == nullptr) throw std::bad_alloc();
    }
  });
}
void mem_free(void*, DLDevice d, void* p) noexcept {
  guard(nullptr, [&] {
    if (d.device_type == kDLCUDA) {
      device_of(d).free(p);
    } else if (d.device_type == kDLCUDAHost) {
      const Device::Current current(device_of(d));
      driver().cuMemFreeHost(p);
    } else {
      std::free(p);
    }
  });
}

const nnr_backend* table() {
  static const nnr_backend t = [] {
    nnr_backend b = {};
    b.struct_size = sizeof b;
    b.name = str("cuda");
    b.open = open;
    b.close = close;
    b.device_count = device_count;
    b.device_info = device_info;
    b.mem_alloc = mem_alloc;
    b.mem_free = mem_free;
    set_stream_functions(&b);
    b.kernels = KernelTable::abi();
    return b;
  }();
  return &t;
}

nnr_status claim(void*, const nnr_graph* g, nnr_group_fn group, void* arg, nnr_err* e) noexcept {
  return guard(e, [&] {
    if ((g->flags & NNR_G_LAID_OUT) == 0) {
      claim_weight_gradients(*g, group, arg);
    } else {  // maps take whatever strides there are
      claim_maps(*g, group, arg);
    }
  });
}

const nnr_compiler* compiler() {
  static const nnr_compiler c = {sizeof c, 0, open, close, claim, KernelTable::abi()};
  return &c;
}

}  // namespace
}  // namespace nnrun::cuda

const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {
  static const nnr_plugin plugin = {
      sizeof(nnr_plugin),
      NNR_ABI_MAJOR,
      NNR_ABI_MINOR,
      NNR_ABI_MINOR,
      "cuda",
      "0.1.0",
      "MIT",
      "",
      [](const nnr_host*, nnr_err*) noexcept -> nnr_status { return NNR_OK; },
      [](const char* id) noexcept -> const void* {
        if (std::strcmp(id, NNR_BACKEND_ID) == 0) return nnrun::cuda::table();
        return std::strcmp(id, NNR_COMPILER_ID) == 0 ? nnrun::cuda::compiler() : nullptr;
      },
      []() noexcept {}};
  return &plugin;
}
