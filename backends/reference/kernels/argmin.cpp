#include "backends/reference/arg.h"

namespace nnrun::reference {
namespace {

struct Argmin {
  template <class T> static bool beats(T x, T best) { return x < best; }
};

}  // namespace

std::vector<KernelDef> kernel_argmin() { return loop<Arg<Argmin>>("argmin"); }

}  // namespace nnrun::reference
