#include "backends/reference/numbers.h"
#include "backends/reference/reduce.h"

namespace nnrun::reference {
namespace {

struct Prod {
  template <class T> static T first() { return T(1); }
  template <class T> static T next(T acc, T x) { return times(acc, x); }
};

}  // namespace

std::vector<KernelDef> kernel_prod() { return loop<Reduce<Prod>>("prod"); }

}  // namespace nnrun::reference
