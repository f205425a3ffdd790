#include "backends/onednn/product_gemm.h"

namespace nnrun::onednn {
namespace {

int64_t parts(int64_t n, int64_t of) { return (n + of - 1) / of; }

}  // namespace

Offer Gemm::offer(const Fused& f) {
  const Desc d = f.anchor();
  Offer o = Epilogue::offer(Product::accept_one(d), f);
  if (refused(o)) return o;
  const Product p = Product::read(d);
  if (p.s.y_col != 1 && p.s.n != 1) return no("strided results");
  if (p.s.m < 8) return no("a few rows");
  const Gemm g(f, p, Way::kWhole);
  const SmallProduct& s = g.s_;
  const double width = g.loops_.rows;
  const double tail = double(s.m % g.loops_.rows);  // of few rows, waits for its panel
  const double rows = double(s.m) - tail + (tail == 0 ? 0 : std::max(tail, width * 2 / 3));
  const double work = rows * double(s.k) * double(g.panels_ * g.loops_.cols);
  const double ns = work / (0.85 * multiply_adds_per_ns()) + beside(s, g.swapped_);
  o.est_ns += (g.threads_ > 1 ? 2000 : 150) + ns / g.threads_;
  o.workspace_bytes = g.workspace_bytes();
  return o;
}

Gemm::Gemm(const Fused& f, Way way) : Gemm(f, Product::read(f.anchor()), way) {}

Gemm::Gemm(const Fused& f, const Product& p, Way way)
    : s_(p.s),
      scales_a_(way == Way::kParts),
      at_(f, p),
      threads_(p.work() < 2 * kWorkOfAThread ? 1 : f.anchor().threads()),
      epilogue_(f),
      loops_(loops().gemm) {
  const SmallProduct t = {s_.n,     s_.k,     s_.m,     s_.w_col, s_.w_row,
                          s_.x_col, s_.x_row, s_.y_col, s_.y_row};
  // Pieces of a sum's rows must not depend on the threads, as those of columns do.
  swapped_ = way == Way::kWhole && !epilogue_.sum() && beside(t, true) < beside(s_, false);
  if (swapped_) s_ = t;
  strips_ = parts(s_.m, loops_.rows);
  panels_ = parts(s_.n, loops_.cols);
  depths_ = parts(s_.k, kDeepest);
  depth_ = parts(s_.k, std::max<int64_t>(depths_, 1));
  piece_rows_ = std::max<int64_t>(1, std::min(strips_, kRows / loops_.rows));
  piece_cols_ = swapped_ || way == Way::kParts ? std::min(panels_, kCols / loops_.cols) : panels_;
  if (threads_ > 1) {  // several pieces for each, or the last one is waited for
    const int64_t across = parts(4 * threads_, std::max<int64_t>(1, parts(strips_, piece_rows_)));
    piece_cols_ = std::min(piece_cols_, std::max<int64_t>(1, parts(panels_, across)));
  }
}

double Gemm::beside(const SmallProduct& s, bool swapped) {
  const double a = double(s.m) * double(s.k), b = double(s.k) * double(s.n);
  return b * (s.w_col == 1 ? 0.2 : 0.35) + (packs_a(s) ? a * 0.35 : 0) +
         double(s.m) * double(s.n) * (swapped ? 0.3 : 0.04);
}

uint64_t Gemm::workspace_bytes() const {
  const int64_t numbers = (panels_ * loops_.cols + (packs_a() ? strips_ * loops_.rows : 0)) * s_.k;
  return epilogue_.sum().workspace_bytes(row_parts()) + uint64_t(numbers) * sizeof(float);
}

int64_t Gemm::row_parts() const { return parts(strips_, piece_rows_); }

void Gemm::run(void* const* buffer, void* workspace) const {
  const float* bias = at_.bias < 0 ? nullptr : static_cast<const float*>(buffer[at_.bias]);
  const float *x = static_cast<const float*>(buffer[at_.x]),
              *w = static_cast<const float*>(buffer[at_.w]);
  float* y = static_cast<float*>(buffer[at_.y]);
  const RowSum& sum = epilogue_.sum();
  const Panels panels = pack(swapped_ ? w : x, swapped_ ? x : w, 1,
                             at(workspace, int64_t(sum.workspace_bytes(row_parts()))));
  parallel_for(pieces(), 1, threads_, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const Piece p = piece(k);
      if (!swapped_) {
        compute(p, panels, bias == nullptr ? nullptr : bias + p.j, true, y + p.i * s_.y_row + p.j,
                s_.y_row);
        epilogue_.run(buffer, p.i, p.j, p.m, p.n);
        if (sum) sum.take(buffer, workspace, p.row / piece_rows_, p.i, p.j, p.m, p.n);
        continue;
      }
      // The bias is by the rows of the piece, which are columns of y.
      alignas(64) float t[kRows * kCols];
      compute(p, panels, nullptr, true, t, kCols);
      loops_.transpose(t, kCols, p.m, p.n, bias == nullptr ? nullptr : bias + p.i,
                       y + p.j * s_.y_col + p.i, s_.y_col);
      epilogue_.run(buffer, p.j, p.i, p.n, p.m);
    }
  });
  if (sum) sum.finish(buffer, workspace, row_parts());
}

void Gemm::add_to(const float* y, float factor, const float* x, const float* w, float* to,
                  void* workspace) const {
  const Panels panels = pack(x, w, factor, workspace);
  parallel_for(pieces(), 1, threads_, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const Piece p = piece(k);
      if (y != to) {
        for (int64_t i = p.i; i < p.i + p.m; ++i) {
          std::copy_n(y + i * s_.n + p.j, p.n, to + i * s_.n + p.j);
        }
      }
      compute(p, panels, nullptr, false, to + p.i * s_.n + p.j, s_.n);
    }
  });
}

Gemm::Panels Gemm::pack(const float* a, const float* b, float factor, void* workspace) const {
  float* of_b = static_cast<float*>(workspace);
  float* of_a = of_b + panels_ * loops_.cols * s_.k;
  const int64_t each = panels_ + (packs_a() ? strips_ : 0);
  parallel_for(depths_ * each, std::max<int64_t>(1, kPackGrain / (depth_ * loops_.cols)), threads_,
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t k = i / each * depth_, at = i % each;
                   if (at < panels_) {
                     pack_panel(b, s_.w_col, s_.w_row, s_.n, k, at, panels_, loops_.cols, of_b);
                   } else {
                     pack_panel(a, s_.x_row, s_.x_col, s_.m, k, at - panels_, strips_, loops_.rows,
                                of_a);
                     if (factor == 1) continue;
                     float* packed = panel(of_a, k, at - panels_, strips_, loops_.rows);
                     for (int64_t n = 0; n < deep(k) * loops_.rows; ++n) packed[n] *= factor;
                   }
                 }
               });
  return {a, of_a, of_b};
}

void Gemm::pack_panel(const float* from, int64_t step, int64_t depth_step, int64_t vectors,
                      int64_t k, int64_t at, int64_t count, int width, float* all) const {
  const int64_t first = at * width;
  loops_.pack(from + first * step + k * depth_step, std::min<int64_t>(width, vectors - first), step,
              deep(k), depth_step, width, panel(all, k, at, count, width));
}

int64_t Gemm::pieces() const { return row_parts() * parts(panels_, piece_cols_); }

Gemm::Piece Gemm::piece(int64_t k) const {
  const int64_t across = parts(panels_, piece_cols_);
  const int64_t row = k / across * piece_rows_, col = k % across * piece_cols_;
  const int64_t i = row * loops_.rows, j = col * loops_.cols;
  return {row,
          col,
          i,
          j,
          std::min(piece_rows_ * loops_.rows, s_.m - i),
          std::min(piece_cols_ * loops_.cols, s_.n - j)};
}

void Gemm::compute(const Piece& p, const Panels& panels, const float* start, bool afresh, float* y,
                   int64_t y_row) const {
  const int64_t end_row = std::min(strips_, p.row + piece_rows_);
  const int64_t end_col = std::min(panels_, p.col + piece_cols_);
  for (int64_t k = 0; k < s_.k; k += depth_) {
    for (int64_t c = p.col; c < end_col; ++c) {
      const float* b = panel(panels.of_b, k, c, panels_, loops_.cols);
      const int64_t j = (c - p.col) * loops_.cols;
      const int64_t n = std::min<int64_t>(loops_.cols, s_.n - c * loops_.cols);
      for (int64_t r = p.row; r < end_row; ++r) {
        const int64_t i = r * loops_.rows, m = std::min<int64_t>(loops_.rows, s_.m - i);
        const float* from = packs_a() ? panel(panels.of_a, k, r, strips_, loops_.rows)
                                      : panels.a + i * s_.x_row + k;
        loops_.block(from, packs_a() ? 0 : s_.x_row, b, deep(k), m, n,
                     start == nullptr ? nullptr : start + j, afresh && k == 0,
                     y + (r - p.row) * loops_.rows * y_row + j, y_row);
      }
    }
  }
}

KernelDef product_by_gemm(const char* op) { return product_kernel<Gemm>(op, "gemm"); }

}  // namespace nnrun::onednn
