// Two backends that cannot run anywhere: no_driver does not open, no_device opens and has none.
#include <nnrun/sdk/cpu_backend.hpp>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

namespace {

using namespace nnrun::sdk;

std::vector<KernelDef> no_kernels() { return {}; }
constexpr CpuBackendHooks no_hooks = {};

const nnr_backend* backend() {
  static const nnr_backend table = [] {
    nnr_backend b = *cpu_backend<&no_kernels, &no_hooks>(TEXT(BACKEND));
    if (std::strcmp(TEXT(BACKEND), "no_driver") == 0) {
      b.open = [](const nnr_host*, const nnr_attr*, uint32_t, void**,
                  nnr_err* e) noexcept -> nnr_status {
        write_error(e, NNR_E_UNSUPPORTED, "no driver: /dev/accelerator0 is missing");
        return NNR_E_UNSUPPORTED;
      };
    }
    b.device_count = [](void*) noexcept -> uint32_t { return 0; };
    return b;
  }();
  return &table;
}

}  // namespace

const nnr_plugin* nnr_plugin_entry_v0(void) noexcept {
  static const nnr_plugin plugin = {
      sizeof(nnr_plugin),
      NNR_ABI_MAJOR,
      NNR_ABI_MINOR,
      NNR_ABI_MINOR,
      TEXT(BACKEND),
      "1.0.0",
      "MIT",
      "",
      [](const nnr_host*, nnr_err*) noexcept -> nnr_status { return NNR_OK; },
      [](const char* id) noexcept -> const void* {
        return std::strcmp(id, NNR_BACKEND_ID) == 0 ? backend() : nullptr;
      },
      []() noexcept {}};
  return &plugin;
}
