// Backend: an opened nnr_backend as a C++ object. Offers, kernels and memory of one library; errors
// come back as Error(backend) with the backend's name and its own words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nnrun/plugin.h>

#include "core/graph/graph.h"
#include "core/plugin/compiler.h"

namespace nnrun {

struct DeviceInfo {
  DLDevice device{kDLCPU, 0};
  std::string name, arch;
  uint64_t memory_bytes = 0, memory_free = 0, align = 64;
};

class Backend {
 public:
  /// Opens it, and the compiler that its library may have (null: none); throws Error(backend) with
  /// the reason when it cannot run here.
  Backend(const nnr_backend* table, const nnr_compiler* compiler, const nnr_host* host,
          std::string file);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }  // the library it came from
  const nnr_backend& table() const { return *table_; }
  void* self() const { return self_.get(); }
  const Compiler* compiler() const { return compiler_.get(); }  // null: none
  std::vector<DeviceInfo> devices() const;
  /// The first of its devices, where its kernels run; whether that is the host.
  DLDevice device() const { return device_; }
  bool on_host() const { return device_.device_type == kDLCPU; }

  /// 64-byte aligned memory of a device, zero-filled, freed with the last copy of the pointer,
  /// which keeps the backend open.
  std::shared_ptr<void> allocate(DLDevice device, int64_t bytes) const;

 private:
  const nnr_backend* table_;
  std::shared_ptr<void> self_;  // closed with the last copy
  std::string name_, file_;
  DLDevice device_{kDLCPU, 0};
  std::unique_ptr<Compiler> compiler_;
};

/// An Error(backend), or Error(memory) for NNR_E_NOMEM: "<who>: <text>"; a text is made up when the
/// callee gave none.
Error abi_error(const std::string& who, nnr_status status, const std::string& text);

/// The same function without the promise not to throw: a broken plug-in may break it, and then the
/// caller must be compiled to survive that.
template <class R, class... A> auto may_throw(R (*f)(A...) noexcept) -> R (*)(A...) { return f; }

/// What a call across the border came to.
struct AbiResult {
  nnr_status status = NNR_OK;
  std::string text;  // why it failed, or what else there is to say; may be empty
};

/// Calls a function of the ABI, `f: nnr_status(nnr_err*)`; one that throws has failed with
/// NNR_E_INTERNAL.
template <class F> AbiResult abi_try(F&& f) {
  char text[1024];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  AbiResult r;
  try {
    r.status = f(&e);
    text[sizeof text - 1] = '\0';
    r.text = text;
  } catch (const std::exception& x) {
    r = {NNR_E_INTERNAL, std::string("threw across the border: ") + x.what()};
  } catch (...) {
    r = {NNR_E_INTERNAL, "threw across the border"};
  }
  return r;
}

/// The same; throws abi_error when it fails.
template <class F> void abi_call(const std::string& who, F&& f) {
  const AbiResult r = abi_try(f);
  if (r.status != NNR_OK) throw abi_error(who, r.status, r.text);
}

}  // namespace nnrun
