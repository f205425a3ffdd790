// Elements carried from one place to another unchanged.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// Copies every element of x to y[base + sum of index * y_strides].
class Move {
 public:
  Move(const Operand& x, const std::vector<int64_t>& y_strides, int64_t base = 0)
      : dtype_(x.dtype()), base_(base), walk_(x.shape(), {x.strides(), y_strides}) {}

  void run(const void* from, void* to) const {
    visit(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* x = static_cast<const T*>(from);
      T* y = static_cast<T*>(to) + base_;
      walk_.for_each([&](const auto& at) { y[at[1]] = x[at[0]]; });
    });
  }

 private:
  DType dtype_;
  int64_t base_;
  Walk<2> walk_;
};

}  // namespace nnrun::reference
