#include "core/plugin/backend.h"

#include <algorithm>
#include <cstring>

#include "core/base/text.h"
#include "core/plugin/attrs_abi.h"

namespace nnrun {
namespace {

const char* meaning(nnr_status s) {
  switch (s) {
    case NNR_E_INVALID: return "invalid arguments";
    case NNR_E_UNSUPPORTED: return "not supported";
    case NNR_E_NOMEM: return "out of memory";
    case NNR_E_DEVICE_LOST: return "the device is lost";
    case NNR_E_INTERNAL: return "internal error";
    case NNR_E_CANCELLED: return "cancelled";
    case NNR_E_VERSION: return "the version does not fit";
    default: return "failed";
  }
}

}  // namespace

Error abi_error(const std::string& who, nnr_status status, const std::string& text) {
  std::string what = printable(text, 900);
  if (what.empty()) what = meaning(status);
  if (status < NNR_OK || status > NNR_E_VERSION) {
    what += " (unknown status " + std::to_string(status) + ")";
  }
  return Error(status == NNR_E_NOMEM ? Code::memory : Code::backend, who + ": " + what);
}

Backend::Backend(const nnr_backend* table, const nnr_compiler* compiler, const nnr_host* host,
                 std::string file)
    : table_(table),
      name_(text_of(table->name, "the name of the backend in " + file, 64)),
      file_(std::move(file)) {
  const AttrArray no_options;
  void* self = nullptr;
  abi_call("backend '" + name_ + "'", [&](nnr_err* e) {
    return table_->open(host, no_options.data(), no_options.size(), &self, e);
  });
  self_ = std::shared_ptr<void>(self, [close = table_->close](void* p) { close(p); });
  if (table_->device_count(self) == 0) {
    throw Error(Code::backend, "backend '" + name_ + "': it finds no device on this machine");
  }
  device_ = devices().at(0).device;
  if (compiler != nullptr) {
    compiler_ = std::make_unique<Compiler>(compiler, host, "the compiler of '" + name_ + "'");
  }
}

std::vector<DeviceInfo> Backend::devices() const {
  std::vector<DeviceInfo> r;
  const uint32_t n = table_->device_count(self());
  for (uint32_t i = 0; i < n; ++i) {
    nnr_dev_info d = {};
    d.struct_size = sizeof d;
    abi_call("backend '" + name_ + "'",
             [&](nnr_err* e) { return table_->device_info(self(), i, &d, e); });
    auto text = [](const char* s, size_t cap) {
      return printable(std::string_view(s, strnlen(s, cap)));
    };
    r.push_back({d.dev, text(d.name, sizeof d.name), text(d.arch, sizeof d.arch), d.mem_total,
                 d.mem_free, d.align});
  }
  return r;
}

std::shared_ptr<void> Backend::allocate(DLDevice device, int64_t bytes) const {
  const std::string who = "backend '" + name_ + "'";
  const uint64_t n = uint64_t(std::max<int64_t>(bytes, 1));
  void* p = nullptr;
  abi_call(who + ", " + std::to_string(n) + " bytes",
           [&](nnr_err* e) { return table_->mem_alloc(self(), device, n, 64, &p, e); });
  if (p == nullptr) throw abi_error(who, NNR_E_NOMEM, "mem_alloc gave a null pointer");
  // The memory keeps the backend open.
  std::shared_ptr<void> memory(
      p, [self = self_, free = table_->mem_free, device](void* q) { free(self.get(), device, q); });
  if ((table_->flags & NNR_B_ZEROED) != 0) return memory;
  abi_call(who, [&](nnr_err* e) { return table_->fill(self(), device, p, 0, n, nullptr, e); });
  if (table_->stream_sync) {
    abi_call(who, [&](nnr_err* e) { return table_->stream_sync(self(), nullptr, e); });
  }
  return memory;
}

}  // namespace nnrun
