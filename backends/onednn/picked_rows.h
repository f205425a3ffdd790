// index_select along the first dimension as elements one after the other: any piece of the result
// can be had without the rest, so that a batch is picked tile by tile by what reads it.
#pragma once

#include <cstring>

#include "backends/onednn/indices.h"

namespace nnrun::onednn {

class PickedRows {
 public:
  static bool fits(const Desc& d) {
    if (d.op() != "index_select" || d.in(0).rank() == 0 || d.in(1).rank() != 1) return false;
    for (int i = 0; i < 3; ++i) {
      if (!d.operand(i).layout().empty() || !d.operand(i).contiguous()) return false;
    }
    return dim_of(d, "dim", d.in(0).rank()) == 0 && d.in(1).dtype() == DType::int64 &&
           d.in(0).dtype() == d.out(0).dtype() && d.out(0).numel() != 0;
  }
  explicit PickedRows(const Desc& d)
      : indices_(d, d.in(1), d.in(0)),
        row_bytes_(d.out(0).numel() / d.in(1).numel() * size_of(d.in(0).dtype())) {}

  /// Throws Failure(INVALID) when an index is out of range.
  void check(const void* index) const { indices_.check(static_cast<const int64_t*>(index)); }

  /// Bytes [from, from + n) of the result.
  void copy(const void* rows, const void* index, int64_t from, int64_t n, void* to) const {
    const int64_t* row = static_cast<const int64_t*>(index) + from / row_bytes_;
    for (int64_t skip = from % row_bytes_, done = 0; done < n; skip = 0, ++row) {
      const int64_t part = std::min(row_bytes_ - skip, n - done);
      std::memcpy(at(to, done), at(rows, *row * row_bytes_ + skip), size_t(part));
      done += part;
    }
  }

 private:
  Indices indices_;
  int64_t row_bytes_;
};

}  // namespace nnrun::onednn
