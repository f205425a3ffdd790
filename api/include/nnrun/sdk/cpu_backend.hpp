// A backend whose device is the CPU: memory, copies and the entry point are the same for all of
// them, so a CPU backend is this class and a table of kernels:
//
//   NNRUN_CPU_BACKEND("reference", "1.0.0", kernels())    // at the end of backend.cpp
#pragma once

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "../abi/backend.h"
#include "../abi/compiler.h"
#include "../abi/entry.h"
#include "kernel.hpp"
#include "parallel.hpp"

namespace nnrun::sdk {

/// What a CPU backend may add to the common behaviour. All members may stay empty.
struct CpuBackendHooks {
  std::string (*description)() = nullptr;  // of the device: library and ISA in use
  /// Names the groups of a graph that the backend's own kernels of the op "group" can run.
  void (*claim)(const nnr_graph& g, nnr_group_fn group, void* arg) = nullptr;
};

namespace detail {

inline uint64_t meminfo(const char* key) {
  std::ifstream f("/proc/meminfo");
  std::string word;
  uint64_t kib = 0;
  while (f >> word) {
    if (word == key && f >> kib) return kib * 1024;
  }
  return 0;
}

struct CpuBackend {
  static std::string cpu_name() {
    std::ifstream f("/proc/cpuinfo");
    std::string line;
    while (std::getline(f, line)) {
      if (line.rfind("model name", 0) == 0) {
        const size_t colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
      }
    }
    return "CPU";
  }
  static void close(void* self) noexcept { delete static_cast<KernelTable*>(self); }
  static uint32_t device_count(void*) noexcept { return 1; }
  /// Zero-filled: large blocks are fresh pages, which nobody touches before they are used. Where a
  /// block begins for free() lies right before the memory.
  static nnr_status mem_alloc(void*, DLDevice, uint64_t bytes, uint64_t align, void** out,
                              nnr_err* e) noexcept {
    constexpr uint64_t kHugePage = uint64_t{2} << 20;
    if (align < 64) align = 64;
    if (bytes >= kHugePage && align < kHugePage) align = kHugePage;
    const uint64_t room = bytes + align + sizeof(void*);
    if (room < bytes) return write_error(e, NNR_E_NOMEM, "size overflows"), NNR_E_NOMEM;
    void* const block = std::calloc(1, room);
    if (block == nullptr) return write_error(e, NNR_E_NOMEM, "out of memory"), NNR_E_NOMEM;
    const uint64_t past = uint64_t(reinterpret_cast<uintptr_t>(block)) + sizeof(void*);
    *out = static_cast<char*>(block) + sizeof(void*) + (align - past % align) % align;
    static_cast<void**>(*out)[-1] = block;
#ifdef MADV_HUGEPAGE  // fewer pages to fault in, and to look up
    if (bytes >= kHugePage) madvise(*out, bytes, MADV_HUGEPAGE);
#endif
    return NNR_OK;
  }
  static void mem_free(void*, DLDevice, void* p) noexcept {
    if (p != nullptr) std::free(static_cast<void**>(p)[-1]);
  }
  static nnr_status copy(void*, const DLTensor* src, DLTensor* dst, void*, nnr_err*) noexcept {
    uint64_t bytes = (uint64_t(src->dtype.bits) * src->dtype.lanes + 7) / 8;
    for (int i = 0; i < src->ndim; ++i) bytes *= uint64_t(src->shape[i]);
    if (bytes != 0) {
      std::memcpy(static_cast<char*>(dst->data) + dst->byte_offset,
                  static_cast<const char*>(src->data) + src->byte_offset, bytes);
    }
    return NNR_OK;
  }
  static nnr_status fill(void*, DLDevice, void* p, uint32_t byte, uint64_t n, void*,
                         nnr_err*) noexcept {
    if (n != 0) std::memset(p, int(byte), n);
    return NNR_OK;
  }
};

}  // namespace detail

/// The nnr_backend table of a CPU backend; make() gives its kernels when it is opened.
template <std::vector<KernelDef> (*kMake)(), const CpuBackendHooks* kHooks>
const nnr_backend* cpu_backend(const char* name) {
  using B = detail::CpuBackend;
  static const nnr_backend table = [name] {
    nnr_backend b = {};
    b.struct_size = sizeof(nnr_backend);
    b.flags = NNR_B_ZEROED;
    b.name = str(name);
    b.open = [](const nnr_host* h, const nnr_attr*, uint32_t, void** self,
                nnr_err* e) noexcept -> nnr_status {
      return guard(e, [&] {
        host() = h;
        *self = new KernelTable(kMake());
      });
    };
    b.close = B::close;
    b.device_count = B::device_count;
    b.device_info = [](void*, uint32_t, nnr_dev_info* out, nnr_err* e) noexcept -> nnr_status {
      return guard(e, [&] {
        out->dev = {kDLCPU, 0};
        out->mem_total = detail::meminfo("MemTotal:");
        out->mem_free = detail::meminfo("MemAvailable:");
        out->align = 64;
        const std::string cpu = B::cpu_name();
        std::string arch = "generic";
        if constexpr (kHooks->description != nullptr) arch = kHooks->description();
        std::strncpy(out->name, cpu.c_str(), sizeof out->name - 1);
        std::strncpy(out->arch, arch.c_str(), sizeof out->arch - 1);
      });
    };
    b.mem_alloc = B::mem_alloc;
    b.mem_free = B::mem_free;
    b.copy = B::copy;
    b.fill = B::fill;
    b.kernels = KernelTable::abi();
    return b;
  }();
  return &table;
}

/// The nnr_compiler table of a CPU backend that claims groups; null when it claims none.
template <std::vector<KernelDef> (*kMake)(), const CpuBackendHooks* kHooks>
const nnr_compiler* cpu_compiler() {
  if constexpr (kHooks->claim == nullptr) {
    return nullptr;
  } else {
    static const nnr_compiler table = [] {
      nnr_compiler c = {};
      c.struct_size = sizeof(nnr_compiler);
      c.open = [](const nnr_host* h, const nnr_attr*, uint32_t, void** self,
                  nnr_err* e) noexcept -> nnr_status {
        return guard(e, [&] {
          host() = h;
          *self = new KernelTable(kMake());
        });
      };
      c.close = detail::CpuBackend::close;
      c.claim = [](void*, const nnr_graph* g, nnr_group_fn group, void* arg,
                   nnr_err* e) noexcept -> nnr_status {
        return guard(e, [&] { kHooks->claim(*g, group, arg); });
      };
      c.kernels = KernelTable::abi();
      return c;
    }();
    return &table;
  }
}

}  // namespace nnrun::sdk

/// Exports the plug-in `NAME` with one CPU backend. make: std::vector<KernelDef>(), hooks: a
/// constexpr CpuBackendHooks with static storage.
#define NNRUN_CPU_BACKEND(NAME, VERSION, make, hooks)                                              \
  const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {                                           \
    static const nnr_plugin plugin = {                                                             \
        sizeof(nnr_plugin),                                                                        \
        NNR_ABI_MAJOR,                                                                             \
        NNR_ABI_MINOR,                                                                             \
        NNR_ABI_MINOR,                                                                             \
        NAME,                                                                                      \
        VERSION,                                                                                   \
        "MIT",                                                                                     \
        "",                                                                                        \
        [](const nnr_host*, nnr_err*) noexcept -> nnr_status { return NNR_OK; },                   \
        [](const char* id) noexcept -> const void* {                                               \
          if (std::strcmp(id, NNR_BACKEND_ID) == 0) {                                              \
            return nnrun::sdk::cpu_backend<&make, &hooks>(NAME);                                   \
          }                                                                                        \
          return std::strcmp(id, NNR_COMPILER_ID) == 0 ? nnrun::sdk::cpu_compiler<&make, &hooks>() \
                                                       : nullptr;                                  \
        },                                                                                         \
        []() noexcept {}};                                                                         \
    return &plugin;                                                                                \
  }
