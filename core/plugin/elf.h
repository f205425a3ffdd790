// A bounded reader of ELF64 shared objects: what can be known about a library before the dynamic
// linker touches it. A damaged file ends in an Error, never in a crash of the linker.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nnrun {

struct ElfInfo {
  std::vector<std::string> needed;  // DT_NEEDED, in order
};

/// Throws Error(backend) with the reason when the bytes are not a whole shared object for this
/// machine, want an executable stack or text relocations, or do not define the function `entry`.
/// Fields are from the ELF specification (System V ABI, chapters 4 and 5).
ElfInfo check_elf(std::span<const std::byte> file, const std::string& entry);

}  // namespace nnrun
