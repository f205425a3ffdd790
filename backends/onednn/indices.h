// Operands of indices: checked before anything is read or written through them.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// The indices along `dim` of an operand of that many elements there.
class Indices {
 public:
  Indices(const Desc& d, const Operand& index, const Operand& indexed)
      : op_(d.op()),
        dim_(dim_of(d, "dim", indexed.rank())),
        size_(indexed.size(dim_)),
        walk_(index.shape(), {index.strides()}) {}

  int64_t size() const { return size_; }

  /// Throws Failure(INVALID) when one is out of range.
  void check(const int64_t* index) const {
    walk_.for_rows(0, walk_.numel, [&](const auto& at, int64_t n, const auto& step) {
      for (int64_t k = 0; k < n; ++k) {
        const int64_t i = index[at[0] + k * step[0]];
        if (i < 0 || i >= size_) fail(i);
      }
    });
  }

 private:
  [[noreturn]] void fail(int64_t i) const {
    throw Failure(NNR_E_INVALID, "[" + op_ + "] index " + std::to_string(i) +
                                     " is out of range for dimension " + std::to_string(dim_) +
                                     " of size " + std::to_string(size_));
  }
  std::string op_;
  int dim_;
  int64_t size_;
  Walk<1> walk_;
};

}  // namespace nnrun::onednn
