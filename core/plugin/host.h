// The host's side of the services in abi/host.h: where a plug-in's log goes, and what makes its
// long loops stop. Threads come from core/base/thread_pool.h.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include <nnrun/plugin.h>

namespace nnrun {

/// Gets every line that plug-ins log, and the loader's warnings about them, one at a time.
/// level: NNR_LOG_ERROR .. NNR_LOG_DEBUG. Until it is set, errors and warnings go to stderr.
using PluginLog = std::function<void(int level, const std::string& line)>;
void set_plugin_log(PluginLog log);
void plugin_log(int level, const std::string& line) noexcept;

/// The flag that `cancelled` reads; it must live as long as plug-ins run. Null: never cancelled.
void set_cancel_flag(const std::atomic<bool>* flag);

/// The services with a plug-in's own folder filled in, which must outlive the plug-in's use of it.
nnr_host make_plugin_host(const char* plugin_dir);

}  // namespace nnrun
