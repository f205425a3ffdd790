#include "backends/reference/random.h"

namespace nnrun::reference {
namespace {

struct Randn {
  template <class T> static T draw(const int64_t* state, uint64_t i) { return normal<T>(state, i); }
};

}  // namespace

std::vector<KernelDef> kernel_randn() { return loop<Random<Randn>>("randn"); }

}  // namespace nnrun::reference
