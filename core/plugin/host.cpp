#include "core/plugin/host.h"

#include <nnrun/version.h>

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "core/base/text.h"
#include "core/base/thread_pool.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

struct Log {
  std::mutex mutex;
  PluginLog sink;
};
Log& log() {
  static Log* l = new Log;  // plug-ins may log until the process ends
  return *l;
}
std::atomic<const std::atomic<bool>*> cancel_flag{nullptr};

void host_log(void*, int32_t level, const char* msg, uint64_t len) noexcept {
  if (msg == nullptr) return;
  try {
    constexpr size_t kMax = 4096;
    plugin_log(std::clamp<int>(level, NNR_LOG_ERROR, NNR_LOG_DEBUG),
               printable({msg, size_t(std::min<uint64_t>(len, kMax))}, kMax));
  } catch (...) {  // no memory for a line of log: the line is lost
  }
}

void host_parallel_for(void*, int64_t n, int64_t grain, uint32_t threads, nnr_task fn,
                       void* arg) noexcept {
  thread_pool().run(n, grain, int(std::min<uint32_t>(threads, 1u << 16)), fn, arg);
}

int32_t host_cancelled(void*) noexcept {
  const std::atomic<bool>* flag = cancel_flag.load(std::memory_order_acquire);
  return flag != nullptr && flag->load(std::memory_order_relaxed) ? 1 : 0;
}

}  // namespace

void set_plugin_log(PluginLog sink) {
  std::lock_guard lock(log().mutex);
  log().sink = std::move(sink);
}

void plugin_log(int level, const std::string& line) noexcept {
  try {
    std::lock_guard lock(log().mutex);
    if (log().sink) {
      log().sink(level, line);
    } else if (level <= NNR_LOG_WARN) {
      std::fprintf(stderr, "nnrun: %s: %s\n", level == NNR_LOG_ERROR ? "error" : "warning",
                   line.c_str());
    }
  } catch (...) {  // a log that fails must not fail the work
  }
}

void set_cancel_flag(const std::atomic<bool>* flag) {
  cancel_flag.store(flag, std::memory_order_release);
}

nnr_host make_plugin_host(const char* plugin_dir) {
  nnr_host h = {};
  h.struct_size = sizeof h;
  h.abi_major = NNR_ABI_MAJOR;
  h.abi_minor = NNR_ABI_MINOR;
  h.min_plugin_minor = NNR_ABI_MINOR;
  static const std::string number = version().substr(0, version().find(' '));
  h.version = number.c_str();
  h.plugin_dir = plugin_dir;
  h.get_iface = [](void*, const char*) noexcept -> const void* { return nullptr; };
  h.log = host_log;
  h.parallel_for = host_parallel_for;
  h.cancelled = host_cancelled;
  return h;
}

const nnr_host* plugin_host() {
  static const nnr_host h = make_plugin_host("");
  return &h;
}

}  // namespace nnrun
