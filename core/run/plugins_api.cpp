#include <nnrun/plugins.h>

#include "core/base/thread_pool.h"
#include "core/eager/body.h"
#include "core/eager/call.h"
#include "core/plugin/file.h"
#include "core/plugin/plugins.h"

namespace nnrun::plugins {
namespace {

Info to_info(const PluginInfo& p) {
  return {p.file,    p.name,
          p.version, std::to_string(p.abi_major) + "." + std::to_string(p.abi_minor),
          p.sha256,  p.provides,
          p.ok,      p.reason};
}

const char* device_name(DLDeviceType t) {
  return t == kDLCPU ? "cpu" : t == kDLCUDA ? "cuda" : "device";
}

}  // namespace

void set_path(const std::vector<std::string>& folders) {
  SearchPath p = search_path();
  p.command_line = folders;
  set_search_path(p);
}

Info load(const std::string& name_or_file, const std::string& sha256) {
  PluginRequest r;
  r.name_or_file = name_or_file;
  r.sha256 = sha256;
  r.base_dir = ".";
  return to_info(load_plugin(r));
}

std::vector<Info> list() {
  std::vector<Info> r;
  for (const PluginInfo& p : list_plugins()) r.push_back(to_info(p));
  return r;
}

Info inspect(const std::string& file) { return to_info(inspect_plugin(file)); }

std::vector<Device> devices() {
  std::vector<Device> r;
  for (const std::string& name : backend_names()) {
    try {
      for (const DeviceInfo& d : find_backend(name)->devices()) {
        std::string id = device_name(d.device.device_type);
        if (d.device.device_type != kDLCPU) id += ":" + std::to_string(d.device.device_id);
        r.push_back({name, id, d.name + " (" + d.arch + ")", d.memory_bytes, true, ""});
      }
    } catch (const Error& e) {
      r.push_back({name, "-", "", 0, false, e.what()});
    }
  }
  return r;
}

void allow_insecure(bool allow) { set_allow_insecure_plugins(allow); }

void shutdown() {
  drop_calls();
  close_devices();
  shutdown_plugins();
  stop_threads();
}

}  // namespace nnrun::plugins
