// Memory: where each storage that a node makes lies in the arena of its memory. A storage lives
// from the node that makes it to its last reader; two that never live at once may share bytes. A
// result lies in an operand's bytes where the kernel allows and nobody reads them later, and a
// value that is written back to state is made in the state's own memory where no reader of the old
// value comes after.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/plan/program.h"

namespace nnrun {

struct Placement {
  enum class Kind { arena, given, constant } kind = Kind::arena;
  int64_t offset = 0;    // in the arena
  uint32_t storage = 0;  // given or constant: which one's memory
};

struct MemoryPlan {
  std::vector<Placement> of;           // by storage
  std::map<int, int64_t> arena_bytes;  // by memory
  /// Writes that need a copy at the end of the step; the rest are already in place.
  std::vector<std::pair<uint32_t, Operand>> copies;
};

MemoryPlan assign_memory(const Program& p);

}  // namespace nnrun
