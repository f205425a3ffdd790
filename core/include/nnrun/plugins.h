// Backends and plug-ins at run time: what is there, what it offers, and why something is not
// usable. Functions may be called from any thread; shutdown() once, at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nnrun/error.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun::plugins {

struct Info {
  std::string file, name, version, abi, sha256;
  std::vector<std::string> provides;  // "backend onednn", "op nnrun.step", ...
  bool ok = false;
  std::string reason;  // why not
};
struct Device {
  std::string backend, device;  // "onednn", "cpu"
  std::string name;
  uint64_t memory_bytes = 0;
  bool ok = false;
  std::string reason;
};

/// Folders to search before all others, as --plugin-path.
void set_path(const std::vector<std::string>& folders);
/// Accepts files that others may write to; by default they are refused.
void allow_insecure(bool allow);
/// Loads a plug-in by name ("step") or file. Loading it again does nothing.
Info load(const std::string& name_or_file, const std::string& sha256 = "");
std::vector<Info> list();
Info inspect(const std::string& file);
/// Every device of every backend found; a backend that cannot run is one entry with its reason.
std::vector<Device> devices();
/// Closes backends and plug-ins in reverse order, for good. Nothing of theirs may be in use:
/// threads that computed have ended, sessions and tensors of other devices than the CPU are gone.
/// What would compute after that throws Error(backend).
void shutdown();

}  // namespace nnrun::plugins
#pragma GCC visibility pop
