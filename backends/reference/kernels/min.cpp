#include "backends/reference/numbers.h"
#include "backends/reference/reduce.h"

namespace nnrun::reference {
namespace {

struct Min {
  template <class T> static T first() { return highest<T>(); }
  template <class T> static T next(T acc, T x) { return smaller(acc, x); }
};

}  // namespace

std::vector<KernelDef> kernel_min() { return loop<Reduce<Min>>("min"); }

}  // namespace nnrun::reference
