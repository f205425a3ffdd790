// A result that is added up in many places before it is rounded once.
#pragma once

#include <algorithm>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// Wide sums of a result's shape, row-major in the workspace.
class Sums {
 public:
  explicit Sums(const Operand& result) : walk_(result, {result}) {}

  static uint64_t bytes(const Operand& result) { return uint64_t(result.numel()) * sizeof(double); }

  template <class W> void clear(W* sums) const { std::fill_n(sums, walk_.numel, W(0)); }

  template <class T> void round(const wide_t<T>* sums, T* result) const {
    walk_.for_each([&](const auto& at) { result[at[0]] = convert<T>(*sums++); });
  }

 private:
  Walk<1> walk_;
};

/// A yes that asks for the workspace of the sums of output 0.
inline Offer with_sums(Offer o, const Desc& d) {
  if (o.why_not.empty()) o.workspace_bytes = Sums::bytes(d.out(0));
  return o;
}

}  // namespace nnrun::reference
