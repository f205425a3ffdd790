#include "backends/onednn/product.h"

namespace nnrun::onednn {
namespace {

int64_t parts(int64_t n, int64_t of) { return (n + of - 1) / of; }

/// Large float32 matrices, on the threads of the host's pool. Both factors are packed into panels
/// first, but for a first one whose rows can be read as they lie; then blocks of the result are
/// computed, in pieces whose part of the first factor stays in the second cache while panels of the
/// second go through the first. (Goto, van de Geijn: Anatomy of High-Performance Matrix
/// Multiplication, 2008.) Where that packs less, y^T = w^T x^T is computed, and transposed. Bits of
/// the result depend on neither threads nor pieces.
class Gemm {
 public:
  static Offer offer(const Desc& d) {
    Offer o = Product::accept_one(d);
    if (refused(o)) return o;
    const Product p = Product::read(d);
    if (p.s.y_col != 1 && p.s.n != 1) return no("strided results");
    if (p.s.m < 8) return no("a few rows");
    const Gemm g(d);
    const SmallProduct& s = g.s_;
    const double width = g.loops_.rows;
    const double tail = double(s.m % g.loops_.rows);  // of few rows, waits for its panel
    const double rows = double(s.m) - tail + (tail == 0 ? 0 : std::max(tail, width * 2 / 3));
    const double work = rows * double(s.k) * double(g.panels_ * g.loops_.cols);
    const double ns = work / (0.85 * multiply_adds_per_ns()) + beside(s, g.swapped_);
    o.est_ns = (g.threads_ > 1 ? 2000 : 150) + ns / g.threads_;
    o.workspace_bytes = g.workspace_bytes();
    return o;
  }
  explicit Gemm(const Desc& d) : Gemm(Product::read(d), d.threads()) {}

  void run(void* const* buffer, void* workspace) const {
    const float* a = static_cast<const float*>(buffer[swapped_ ? 1 : 0]);
    const float* b = static_cast<const float*>(buffer[swapped_ ? 0 : 1]);
    const float* bias = bias_ < 0 ? nullptr : static_cast<const float*>(buffer[bias_]);
    float* y = static_cast<float*>(buffer[y_]);
    float* panels_of_b = static_cast<float*>(workspace);
    float* panels_of_a = panels_of_b + panels_ * loops_.cols * s_.k;
    const int64_t of_a = packs_a(s_) ? strips_ : 0, each = panels_ + of_a;
    parallel_for(depths_ * each, std::max<int64_t>(1, kPackGrain / (depth_ * loops_.cols)),
                 threads_, [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t k = i / each * depth_, at = i % each;
                     if (at < panels_) {
                       pack(b, s_.w_col, s_.w_row, s_.n, k, at, panels_, loops_.cols, panels_of_b);
                     } else {
                       pack(a, s_.x_row, s_.x_col, s_.m, k, at - panels_, strips_, loops_.rows,
                            panels_of_a);
                     }
                   }
                 });
    parallel_for(parts(strips_, piece_rows_) * parts(panels_, piece_cols_), 1, threads_,
                 [&](int64_t begin, int64_t end) {
                   const int64_t across = parts(panels_, piece_cols_);
                   for (int64_t i = begin; i < end; ++i) {
                     const int64_t row = i / across * piece_rows_, col = i % across * piece_cols_;
                     if (swapped_) {
                       transposed_piece(row, col, a, panels_of_a, panels_of_b, bias, y);
                     } else {
                       const int64_t j = col * loops_.cols;
                       piece(row, col, a, panels_of_a, panels_of_b,
                             bias == nullptr ? nullptr : bias + j,
                             y + row * loops_.rows * s_.y_row + j, s_.y_row);
                     }
                   }
                 });
  }

 private:
  static constexpr int64_t kDeepest = 400;  // a panel of b and a few rows of a fit the first cache
  static constexpr int64_t kRows = 96, kCols = 128;  // of a piece, the columns of transposed ones
  static constexpr int64_t kPackGrain = 16384;
  static constexpr double kWorkOfAThread = 128e3;

  /// s_ is what is computed: x is a and w is b, or the other way round.
  Gemm(const Product& p, int threads)
      : s_(p.s),
        bias_(p.bias),
        y_(p.y),
        threads_(p.work() < 2 * kWorkOfAThread ? 1 : threads),
        loops_(loops().gemm) {
    const SmallProduct t = {s_.n,     s_.k,     s_.m,     s_.w_col, s_.w_row,
                            s_.x_col, s_.x_row, s_.y_col, s_.y_row};
    swapped_ = beside(t, true) < beside(s_, false);
    if (swapped_) s_ = t;
    strips_ = parts(s_.m, loops_.rows);
    panels_ = parts(s_.n, loops_.cols);
    depths_ = parts(s_.k, kDeepest);
    depth_ = parts(s_.k, std::max<int64_t>(depths_, 1));
    piece_rows_ = std::max<int64_t>(1, std::min(strips_, kRows / loops_.rows));
    piece_cols_ = swapped_ ? std::min(panels_, kCols / loops_.cols) : panels_;
    if (threads_ > 1) {  // several pieces for each, or the last one is waited for
      const int64_t across = parts(4 * threads_, std::max<int64_t>(1, parts(strips_, piece_rows_)));
      piece_cols_ = std::min(piece_cols_, std::max<int64_t>(1, parts(panels_, across)));
    }
  }

  /// In ns, as measured on a Zen 3: what is to be done beside the multiply-adds.
  static double beside(const SmallProduct& s, bool swapped) {
    const double a = double(s.m) * double(s.k), b = double(s.k) * double(s.n);
    return b * (s.w_col == 1 ? 0.2 : 0.35) + (packs_a(s) ? a * 0.35 : 0) +
           double(s.m) * double(s.n) * (swapped ? 0.3 : 0.04);
  }
  static bool packs_a(const SmallProduct& s) { return (s.x_col != 1 && s.k != 1) || s.x_row == 0; }
  uint64_t workspace_bytes() const {
    const int64_t numbers =
        (panels_ * loops_.cols + (packs_a(s_) ? strips_ * loops_.rows : 0)) * s_.k;
    return uint64_t(numbers) * sizeof(float);
  }

  int64_t deep(int64_t k) const { return std::min(depth_, s_.k - k); }
  /// Where a panel is: those of one depth lie together.
  float* panel(float* all, int64_t k, int64_t at, int64_t count, int64_t width) const {
    return all + (k * count + at * deep(k)) * width;
  }
  void pack(const float* from, int64_t step, int64_t depth_step, int64_t vectors, int64_t k,
            int64_t at, int64_t count, int width, float* all) const {
    const int64_t first = at * width;
    loops_.pack(from + first * step + k * depth_step, std::min<int64_t>(width, vectors - first),
                step, deep(k), depth_step, width, panel(all, k, at, count, width));
  }

  /// y: of the piece. start: of its columns, or null.
  void piece(int64_t row, int64_t col, const float* a, float* panels_of_a, float* panels_of_b,
             const float* start, float* y, int64_t y_row) const {
    const int64_t end_row = std::min(strips_, row + piece_rows_);
    const int64_t end_col = std::min(panels_, col + piece_cols_);
    for (int64_t k = 0; k < s_.k; k += depth_) {
      for (int64_t c = col; c < end_col; ++c) {
        const float* b = panel(panels_of_b, k, c, panels_, loops_.cols);
        const int64_t j = (c - col) * loops_.cols;
        const int64_t n = std::min<int64_t>(loops_.cols, s_.n - c * loops_.cols);
        for (int64_t r = row; r < end_row; ++r) {
          const int64_t i = r * loops_.rows, m = std::min<int64_t>(loops_.rows, s_.m - i);
          const float* from =
              packs_a(s_) ? panel(panels_of_a, k, r, strips_, loops_.rows) : a + i * s_.x_row + k;
          loops_.block(from, packs_a(s_) ? 0 : s_.x_row, b, deep(k), m, n,
                       start == nullptr ? nullptr : start + j, k == 0,
                       y + (r - row) * loops_.rows * y_row + j, y_row);
        }
      }
    }
  }
  /// bias: by the rows of the piece, which are columns of y.
  void transposed_piece(int64_t row, int64_t col, const float* a, float* panels_of_a,
                        float* panels_of_b, const float* bias, float* y) const {
    alignas(64) float t[kRows * kCols];
    piece(row, col, a, panels_of_a, panels_of_b, nullptr, t, kCols);
    const int64_t i = row * loops_.rows, j = col * loops_.cols;
    loops_.transpose(t, kCols, std::min(piece_rows_ * loops_.rows, s_.m - i),
                     std::min(piece_cols_ * loops_.cols, s_.n - j),
                     bias == nullptr ? nullptr : bias + i, y + j * s_.y_col + i, s_.y_col);
  }

  SmallProduct s_;
  bool swapped_;
  int bias_, y_, threads_;
  const GemmLoops& loops_;
  int64_t strips_, panels_;          // panels of a and of b
  int64_t depths_, depth_;           // blocks of the inner size, and the numbers of one
  int64_t piece_rows_, piece_cols_;  // in panels
};

}  // namespace

KernelDef product_by_gemm(const char* op) { return kernel<Gemm>(op, "gemm"); }

}  // namespace nnrun::onednn
