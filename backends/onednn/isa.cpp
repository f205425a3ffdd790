#include <cstdlib>
#include <string_view>

#include "backends/onednn/loops.h"

namespace nnrun::onednn {

#define NNRUN_DECLARE(isa) \
  namespace isa {          \
  const Loops& table();    \
  }
#ifdef __x86_64__
NNRUN_DECLARE(v2)
NNRUN_DECLARE(v3)
NNRUN_DECLARE(v4)
#else
NNRUN_DECLARE(native)
#endif

const Loops& loops() {
#ifdef __x86_64__
  static const Loops& chosen = []() -> const Loops& {
    const char* text = std::getenv("NNRUN_MAX_CPU_ISA");
    const std::string_view cap = text == nullptr ? "" : text;
    __builtin_cpu_init();
    if (cap == "x86-64-v2" || !__builtin_cpu_supports("x86-64-v3")) return v2::table();
    if (cap == "x86-64-v3" || !__builtin_cpu_supports("x86-64-v4")) return v3::table();
    return v4::table();
  }();
  return chosen;
#else
  return native::table();
#endif
}

double multiply_adds_per_ns() { return std::string_view(loops().isa) == "v4" ? 126 : 52; }

}  // namespace nnrun::onednn
