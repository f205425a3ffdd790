// Backend: an opened nnr_backend as a C++ object. Offers, kernels and memory of one library; errors
// come back as Error(backend) with the backend's name and its own words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nnrun/plugin.h>

#include "core/graph/graph.h"

namespace nnrun {

struct DeviceInfo {
  DLDevice device{kDLCPU, 0};
  std::string name, arch;
  uint64_t memory_bytes = 0, memory_free = 0, align = 64;
};

class Backend {
 public:
  /// Opens it; throws Error(backend) with the reason when it cannot run here.
  Backend(const nnr_backend* table, const nnr_host* host, std::string file);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }  // the library it came from
  const nnr_backend& table() const { return *table_; }
  void* self() const { return self_; }
  std::vector<DeviceInfo> devices() const;

  /// 64-byte aligned memory of a device, zero-filled, freed with the last copy of the pointer.
  std::shared_ptr<void> allocate(DLDevice device, int64_t bytes) const;

 private:
  const nnr_backend* table_;
  void* self_ = nullptr;
  std::string name_, file_;
};

Error abi_error(const std::string& who, nnr_status status, const std::string& text);

/// Calls a function of the ABI and throws Error(code) "<who>: <its text>" when it fails.
/// f: nnr_status(nnr_err*).
template <class F> void abi_call(const std::string& who, F&& f) {
  char text[1024];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  if (const nnr_status s = f(&e)) throw abi_error(who, s, text);
}

}  // namespace nnrun
