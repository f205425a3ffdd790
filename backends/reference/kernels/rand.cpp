#include "backends/reference/random.h"

namespace nnrun::reference {
namespace {

struct Rand {
  template <class T> static T draw(const int64_t* state, uint64_t i) {
    return uniform<T>(state, i);
  }
};

}  // namespace

std::vector<KernelDef> kernel_rand() { return loop<Random<Rand>>("rand"); }

}  // namespace nnrun::reference
