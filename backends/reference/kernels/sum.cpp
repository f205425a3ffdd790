#include "backends/reference/numbers.h"
#include "backends/reference/reduce.h"

namespace nnrun::reference {
namespace {

struct Sum {
  template <class T> static T first() { return T(0); }
  template <class T> static T next(T acc, T x) { return plus(acc, x); }
};

}  // namespace

std::vector<KernelDef> kernel_sum() { return loop<Reduce<Sum>>("sum"); }

}  // namespace nnrun::reference
