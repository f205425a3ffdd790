// The epilogue of a group as our own kernels do it: to each part of the result that they have just
// computed, while that is in the first caches.
#pragma once

#include <memory>

#include "backends/onednn/chain.h"
#include "backends/onednn/fused.h"

namespace nnrun::onednn {

/// The sum of a group over the rows of its result, part by part: each part takes in some rows, and
/// the parts are added up in their order.
class RowSum {
 public:
  explicit RowSum(const Fused& f);

  explicit operator bool() const { return sum_ >= 0; }
  uint64_t workspace_bytes(int64_t parts) const;
  /// Rows [i, i + m) and columns [j, j + n), all that the part has of these columns.
  void take(void* const* buffer, void* workspace, int64_t part, int64_t i, int64_t j, int64_t m,
            int64_t n) const;
  void finish(void* const* buffer, void* workspace, int64_t parts) const;
  /// Over all rows, which are there.
  void run(void* const* buffer, void* workspace) const;

 private:
  int result_, sum_;  // buffers
  int64_t rows_ = 0, cols_ = 0;
  const ReduceLoops* loops_ = nullptr;
};

/// An epilogue of a sum of the result with another value, then relu, both where there are: what
/// convolutions of our own do to numbers that they hold.
struct SumAndRelu {
  int add = -1;  // input of the group
  bool relu = false;

  /// Nothing when the epilogue is another.
  static std::optional<SumAndRelu> read(const Fused& f);
};

/// The result is a matrix: its last dimension by all the others.
class Epilogue {
 public:
  /// Throws Failure when it cannot be done.
  explicit Epilogue(const Fused& f);
  /// A kernel's offer of the anchor, as one of the group; or refused. The workspace of a sum in one
  /// part comes first.
  static Offer offer(Offer o, const Fused& f);

  const RowSum& sum() const { return sum_; }
  /// To rows [i, i + m) and columns [j, j + n).
  void run(void* const* buffer, int64_t i, int64_t j, int64_t m, int64_t n) const;
  /// To all of the result.
  void run(void* const* buffer) const { run(buffer, 0, 0, rows_, cols_); }

 private:
  static constexpr size_t kOperands = 4;  // of a tile loop

  struct From {
    int buffer;
    int64_t row, col;  // from a number to the next
    int bytes;         // of a number
  };
  struct Step {
    std::shared_ptr<const TileKernel> kernel;
    std::vector<From> operands;  // the result last
  };
  void line(void* const* buffer, int64_t i, int64_t j, int64_t n) const;

  std::vector<Step> steps_;
  int64_t rows_ = 0, cols_ = 0;
  bool in_one_ = true;  // rows that follow on one another are as one
  RowSum sum_;
};

}  // namespace nnrun::onednn
