#include "backends/reference/arg.h"

namespace nnrun::reference {
namespace {

struct Argmax {
  template <class T> static bool beats(T x, T best) { return x > best; }
};

}  // namespace

std::vector<KernelDef> kernel_argmax() { return loop<Arg<Argmax>>("argmax"); }

}  // namespace nnrun::reference
