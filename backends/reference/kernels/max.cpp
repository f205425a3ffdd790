#include "backends/reference/numbers.h"
#include "backends/reference/reduce.h"

namespace nnrun::reference {
namespace {

struct Max {
  template <class T> static T first() { return lowest<T>(); }
  template <class T> static T next(T acc, T x) { return larger(acc, x); }
};

}  // namespace

std::vector<KernelDef> kernel_max() { return loop<Reduce<Max>>("max"); }

}  // namespace nnrun::reference
