// Products of large float32 matrices by our own loops, whole or piece by piece.
#pragma once

#include "backends/onednn/epilogue.h"
#include "backends/onednn/product.h"

namespace nnrun::onednn {

/// On the threads of the host's pool. Both factors are packed into panels first, but for a first
/// one whose rows can be read as they lie; then blocks of the result are computed, in pieces whose
/// part of the first factor stays in the second cache while panels of the second go through the
/// first. (Goto, van de Geijn: Anatomy of High-Performance Matrix Multiplication, 2008.) Where that
/// packs less, y^T = w^T x^T is computed, and transposed. Bits of the result depend on neither
/// threads nor pieces.
class Gemm {
 public:
  /// kParts: for run_pieces() and add_to().
  enum class Way { kWhole, kParts };

  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f);
  explicit Gemm(const Desc& d, Way way = Way::kWhole) : Gemm(Fused(d), way) {}
  explicit Gemm(const Fused& f, Way way = Way::kWhole);

  void run(void* const* buffer, void* workspace) const;

  /// For a result that lies nowhere: use(i, j, m, n, y, y_row) for each piece of it, rows i... and
  /// columns j..., on the thread that has it in its first cache. Without the bias.
  template <class Use>
  void run_pieces(const float* x, const float* w, void* workspace, Use&& use) const {
    const Panels p = pack(x, w, 1, workspace);
    parallel_for(pieces(), 1, threads_, [&](int64_t begin, int64_t end) {
      alignas(64) float y[kRows * kCols];
      for (int64_t k = begin; k < end; ++k) {
        const Piece at = piece(k);
        compute(at, p, nullptr, true, y, kCols);
        use(at.i, at.j, at.m, at.n, static_cast<const float*>(y), kCols);
      }
    });
  }
  /// to = y + factor * x w; y and to are row-major, and may be one. Without the bias.
  void add_to(const float* y, float factor, const float* x, const float* w, float* to,
              void* workspace) const;
  uint64_t workspace_bytes() const;

 private:
  static constexpr int64_t kDeepest = 400;  // a panel of b and a few rows of a fit the first cache
  static constexpr int64_t kRows = 96;      // of a piece
  static constexpr int64_t kCols = 128;     // of one that is transposed, or used at once
  static constexpr int64_t kPackGrain = 16384;
  static constexpr double kWorkOfAThread = 128e3;

  Gemm(const Fused& f, const Product& p, Way way);

  /// In ns, as measured on a Zen 3: what is to be done beside the multiply-adds.
  static double beside(const SmallProduct& s, bool swapped);
  static bool packs_a(const SmallProduct& s) { return (s.x_col != 1 && s.k != 1) || s.x_row == 0; }
  bool packs_a() const { return scales_a_ || packs_a(s_); }

  struct Panels {
    const float* a;  // as it was given
    float *of_a, *of_b;
  };
  /// Multiplies a by `factor`, which is 1 where a is not packed.
  Panels pack(const float* a, const float* b, float factor, void* workspace) const;
  void pack_panel(const float* from, int64_t step, int64_t depth_step, int64_t vectors, int64_t k,
                  int64_t at, int64_t count, int width, float* all) const;
  int64_t deep(int64_t k) const { return std::min(depth_, s_.k - k); }
  /// Where a panel is: those of one depth lie together.
  float* panel(float* all, int64_t k, int64_t at, int64_t count, int64_t width) const {
    return all + (k * count + at * deep(k)) * width;
  }

  struct Piece {
    int64_t row, col;    // in panels
    int64_t i, j, m, n;  // in numbers
  };
  int64_t pieces() const;
  Piece piece(int64_t k) const;
  /// y: of the piece. afresh: from `start`, by its columns, or 0 where that is null; else from what
  /// is there.
  void compute(const Piece& p, const Panels& panels, const float* start, bool afresh, float* y,
               int64_t y_row) const;

  /// Parts of a sum over the rows.
  int64_t row_parts() const;

  SmallProduct s_;  // what is computed: x is a and w is b, or the other way round
  bool swapped_ = false, scales_a_;
  ProductBuffers at_;
  int threads_;
  Epilogue epilogue_;
  const GemmLoops& loops_;
  int64_t strips_, panels_;          // panels of a and of b
  int64_t depths_, depth_;           // blocks of the inner size, and the numbers of one
  int64_t piece_rows_, piece_cols_;  // in panels
};

}  // namespace nnrun::onednn
