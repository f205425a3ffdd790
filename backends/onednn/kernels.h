// Shared by the kernels of this backend: what operands an implementation takes, and strided
// operands cut into the tiles that the loops of simd/ work on.
#pragma once

#include <nnrun/sdk/kernel.hpp>
#include <nnrun/sdk/loops.hpp>
#include <nnrun/sdk/parallel.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "backends/onednn/loops.h"

namespace nnrun::onednn {

using namespace nnrun::sdk;

inline constexpr uint64_t kNumbers = kFloats | kInts;
inline constexpr uint64_t kBool = NNR_B8;

/// In a list of dtypes: the dtype of operand i. Absent operands pass an entry with `optional`.
inline constexpr uint64_t kSameAs = uint64_t{1} << 62, kOptional = uint64_t{1} << 63;
/// Also in a layout of a backend's; without it, plain strides alone.
inline constexpr uint64_t kAnyLayout = uint64_t{1} << 61;
constexpr uint64_t same_as(int i) { return kSameAs | uint64_t(i); }
constexpr uint64_t optional(uint64_t dtypes) { return kOptional | dtypes; }

/// Yes when each operand has a dtype its entry allows (a mask, or same_as) and plain strides (but
/// for kAnyLayout); else no, naming the operand. Optional inputs at the end may be missing
/// altogether.
Offer accept(const Desc& d, std::initializer_list<uint64_t> in,
             std::initializer_list<uint64_t> out);

/// A yes turned into a no when an operand that is there has gaps between its elements.
Offer require_contiguous(Offer o, const Desc& d);

/// Adds to a yes the pairs (input, output) of one shape, strides and element size, for kernels that
/// read element i of an input before they write element i of an output, and never after.
Offer elementwise_inplace(Offer o, const Desc& d);

inline bool refused(const Offer& o) { return !o.why_not.empty(); }

/// Operands of one shape in one layout, whichever it is, are as many numbers side by side: the same
/// place of all is the same element, or padding.
struct SideBySide {
  std::string why_not;
  std::string layout;  // "": none has one
  int64_t numbers = 0;
  std::vector<bool> scalar = {};  // by input: one number for all, without that layout

  /// keeps_zero: zeros in all operands make zeros, so that padding stays what it is.
  SideBySide(const Desc& d, bool keeps_zero);
  /// Adds the layouts to a yes.
  Offer give(Offer o, const Desc& d) const;
};

/// A dim attribute, counted from the front; of a rank-0 operand 0.
inline int dim_of(const Desc& d, const char* name, int rank) {
  const int64_t dim = d.attrs().integer(name);
  return static_cast<int>(dim < 0 ? dim + (rank == 0 ? 1 : rank) : dim);
}

inline const char* at(const void* p, int64_t bytes) { return static_cast<const char*>(p) + bytes; }
inline char* at(void* p, int64_t bytes) { return static_cast<char*>(p) + bytes; }

/// The addresses of a launch by the numbers operands have in the op; null where one is absent.
class Buffers {
 public:
  Buffers(void* const* p, int inputs) : p_(p), inputs_(inputs) {}
  template <class T> const T* in(int i) const {
    return i < inputs_ ? static_cast<const T*>(p_[i]) : nullptr;
  }
  template <class T> T* out(int i) const { return static_cast<T*>(p_[inputs_ + i]); }

 private:
  void* const* p_;
  int inputs_;
};

/// Elementwise work smaller than this is not worth a second thread.
inline constexpr int64_t kGrain = 16384;
inline int threads_for(const Desc& d, int64_t elements) {
  return elements < 2 * kGrain ? 1 : d.threads();
}

/// Up to 4 operands that walk one shape, as tiles of the two innermost (merged) dimensions.
template <int N> class Tiles {
 public:
  Tiles(const Walk<N>& w, const std::array<int, N>& bytes, int threads)
      : walk_(w), bytes_(bytes), threads_(threads) {
    const size_t last = w.rank - 1;
    tile_.cols = w.shape[last];
    tile_.rows = w.rank > 1 ? w.shape[last - 1] : 1;
    for (size_t k = 0; k < size_t(N); ++k) {
      tile_.col_step[k] = w.stride[last][k];
      tile_.row_step[k] = w.rank > 1 ? w.stride[last - 1][k] : 0;
    }
    for (size_t i = 0; i + 2 < w.rank; ++i) outer_ *= w.shape[i];
    if (w.numel == 0) outer_ = 0;
  }
  /// Operands that broadcast to `over`.
  Tiles(const Desc& d, const Operand& over, const std::array<Operand, N>& operands)
      : Tiles(Walk<N>(over, operands), bytes_of(operands), threads_for(d, over.numel())) {}

  /// f(addresses, tile) for all tiles; at once on several threads where there is enough to do.
  template <class F> void run(void* const* buffer, F&& f) const {
    if (outer_ == 1 && threads_ == 1) {
      f(buffer, tile_);
    } else if (outer_ == 1 && tile_.rows == 1) {
      parallel_for(tile_.cols, kGrain, threads_, [&](int64_t begin, int64_t end) {
        Tile t = tile_;
        t.cols = end - begin;
        void* p[N];
        for (size_t k = 0; k < size_t(N); ++k) {
          p[k] = at(buffer[k], begin * t.col_step[k] * bytes_[k]);
        }
        f(static_cast<void* const*>(p), t);
      });
    } else if (outer_ > 0) {
      const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, tile_.cols));
      parallel_for(outer_ * tile_.rows, grain, threads_,
                   [&](int64_t begin, int64_t end) { rows(buffer, begin, end, f); });
    }
  }

 private:
  static std::array<int, N> bytes_of(const std::array<Operand, N>& operands) {
    std::array<int, N> b;
    for (size_t k = 0; k < size_t(N); ++k) b[k] = size_of(operands[k].dtype());
    return b;
  }
  /// Rows [begin, end) of all tiles' rows counted through.
  template <class F> void rows(void* const* buffer, int64_t begin, int64_t end, F&& f) const {
    while (begin < end) {
      const int64_t row = begin % tile_.rows;
      int64_t rest = begin / tile_.rows;
      int64_t offset[N];
      for (size_t k = 0; k < size_t(N); ++k) offset[k] = row * tile_.row_step[k];
      for (size_t i = walk_.rank - 2; i-- > 0;) {
        for (size_t k = 0; k < size_t(N); ++k) {
          offset[k] += rest % walk_.shape[i] * walk_.stride[i][k];
        }
        rest /= walk_.shape[i];
      }
      Tile t = tile_;
      t.rows = std::min(tile_.rows - row, end - begin);
      void* p[N];
      for (size_t k = 0; k < size_t(N); ++k) p[k] = at(buffer[k], offset[k] * bytes_[k]);
      f(static_cast<void* const*>(p), t);
      begin += t.rows;
    }
  }

  Walk<N> walk_;
  std::array<int, N> bytes_;
  int threads_;
  Tile tile_;
  int64_t outer_ = 1;
};

}  // namespace nnrun::onednn
