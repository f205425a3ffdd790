// A plug-in's file before any of its code runs: which file it is, whether it may be trusted with
// our process, what it holds.
#pragma once

#include <cstdint>
#include <string>

#include "core/plugin/elf.h"

namespace nnrun {

struct PluginFile {
  std::string path;  // canonical: absolute, no links
  std::string sha256;
  ElfInfo elf;
  // Which file was read: the one that is loaded later must be this one.
  uint64_t device = 0, inode = 0;
  int64_t size = 0, modified_ns = 0;
};

/// Opens, checks owner and permissions, hashes, and reads the ELF headers. Throws Error(backend)
/// with the reason alone ("no such file", "built for aarch64, ..."), without the path.
PluginFile examine_file(const std::string& path);

/// The path still names the file that was examined, unchanged.
bool same_file(const PluginFile& f);

/// Accept files and folders that others may write to. Off at start; set before the first load.
void set_allow_insecure_plugins(bool allow);

}  // namespace nnrun
