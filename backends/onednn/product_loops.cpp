#include "backends/onednn/epilogue.h"
#include "backends/onednn/layout.h"
#include "backends/onednn/product.h"

namespace nnrun::onednn {
namespace {

class Small {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    Offer o = Product::accept(d);
    if (refused(o)) return o;
    const Product p = Product::read(d);
    if (p.dtype != DType::float32) return no("only for float32");
    if (p.bias_step > 1 && p.s.n > 1) return no("a strided bias");
    if (p.s.k > kDeepest && p.work() > 0) return no("rows longer than 64");
    const int lanes = has_avx512() ? 16 : 8;
    const double strips = double((p.s.n + lanes - 1) / lanes) * double(p.batch.numel);
    const double packing = p.s.w_col != 1 ? strips * 2.7 : p.s.n % lanes != 0 ? 1.5 : 0;
    // As measured on a Zen 5; and on a Zen 3, whose four sums a strip are too few for its FMA's
    // latency.
    const double each = has_avx512() ? 0.17 : 0.57;
    o.est_ns = 12 + packing * double(p.s.k) + strips * double(p.s.m) * (double(p.s.k) * each + 1.5);
    return Epilogue::offer(std::move(o), f);
  }
  explicit Small(const Desc& d) : Small(Fused(d)) {}
  explicit Small(const Fused& f)
      : p_(Product::read(f.anchor())), at_(f, p_), loop_(loops().small_product), epilogue_(f) {}

  void run(void* const* buffer, void* workspace) const {
    const float* bias = at_.bias < 0 ? nullptr : static_cast<const float*>(buffer[at_.bias]);
    const auto one = [&](int64_t x, int64_t w, int64_t y) {
      loop_(p_.s, static_cast<const float*>(buffer[at_.x]) + x,
            static_cast<const float*>(buffer[at_.w]) + w, bias,
            static_cast<float*>(buffer[at_.y]) + y);
    };
    if (p_.batch.numel == 1) {
      one(0, 0, 0);
    } else {
      p_.batch.for_each([&](const auto& at) { one(at[0], at[1], at[2]); });
    }
    epilogue_.run(buffer);
    epilogue_.sum().run(buffer, workspace);
  }

 private:
  static constexpr int64_t kDeepest = 64;  // as small_product's buffer
  Product p_;
  ProductBuffers at_;
  decltype(Loops::small_product) loop_;
  Epilogue epilogue_;
};

/// A few rows, one column, or an inner size of 1: bound by reading (or writing) the one matrix.
class Thin {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    Offer o = Product::accept_one(d);
    if (refused(o)) return o;
    const Product p = Product::read(d);
    if (form_of(p) == Form::none) return no("neither a few rows, a column nor an outer product");
    const double rows = double(p.s.m);
    const bool several = form_of(p) == Form::rows_by_columns && p.s.m > 1;
    const double each = several ? 0.07 / rows + 0.006 : 0.045;  // as measured on a Zen 5
    const bool dots = form_of(p) == Form::rows_by_columns || form_of(p) == Form::column;
    const double end = dots ? p.s.m >= 4 ? 2 : 8 : 0;  // of one: its lanes are added up
    o.est_ns = 30 + (p.work() * each + end * rows * double(p.s.n)) / threads(d, p);
    return Epilogue::offer(std::move(o), f);
  }
  explicit Thin(const Desc& d) : Thin(Fused(d)) {}
  explicit Thin(const Fused& f)
      : p_(Product::read(f.anchor())),
        at_(f, p_),
        form_(form_of(p_)),
        threads_(threads(f.anchor(), p_)),
        loops_(loops()),
        epilogue_(f) {}

  void run(void* const* buffer, void* workspace) const {
    const SmallProduct& s = p_.s;
    const float* x = static_cast<const float*>(buffer[at_.x]);
    const float* w = static_cast<const float*>(buffer[at_.w]);
    const float* bias = at_.bias < 0 ? nullptr : static_cast<const float*>(buffer[at_.bias]);
    float* y = static_cast<float*>(buffer[at_.y]);
    switch (form_) {
      case Form::row_by_rows:
        parallel_for(s.n, grain(s.k, 64), threads_, [&](int64_t b, int64_t e) {
          loops_.vector_matrix(x, s.x_col, w + b, s.w_row, s.k, e - b,
                               bias == nullptr ? nullptr : bias + b, y + b);
          epilogue_.run(buffer, 0, b, 1, e - b);
        });
        break;
      case Form::rows_by_columns:
        parallel_for(s.n, grain(s.m * s.k, 1), threads_, [&](int64_t b, int64_t e) {
          for (int64_t j = b; j < e; ++j) {
            loops_.dots(x, s.x_row, s.m, w + j * s.w_col, s.k, bias == nullptr ? 0 : bias[j],
                        y + j * s.y_col, s.y_row);
          }
          epilogue_.run(buffer, 0, b, s.m, e - b);
        });
        break;
      case Form::column:
        parallel_for(s.m, grain(s.k, 4), threads_, [&](int64_t b, int64_t e) {
          loops_.dots(x + b * s.x_row, s.x_row, e - b, w, s.k, bias == nullptr ? 0 : *bias,
                      y + b * s.y_row, s.y_row);
          epilogue_.run(buffer, b, 0, e - b, 1);
        });
        break;
      case Form::outer:
      case Form::none:
        parallel_for(s.m, grain(s.n, 1), threads_, [&](int64_t b, int64_t e) {
          for (int64_t i = b; i < e; ++i) {
            loops_.vector_matrix(x + i * s.x_row, 1, w, s.n, 1, s.n, bias, y + i * s.y_row);
          }
          epilogue_.run(buffer, b, 0, e - b, s.n);
        });
        break;
    }
    epilogue_.sum().run(buffer, workspace);
  }

 private:
  static constexpr int64_t kRows = 8;
  enum class Form { none, row_by_rows, rows_by_columns, column, outer };

  static Form form_of(const Product& p) {
    const SmallProduct& s = p.s;
    const bool w_rows = s.w_col == 1 || s.n == 1, y_rows = s.y_col == 1 || s.n == 1;
    if (s.m == 1 && w_rows && y_rows) return Form::row_by_rows;
    if (s.m <= kRows && s.w_row == 1 && s.x_col == 1) return Form::rows_by_columns;
    if (s.n == 1 && s.x_col == 1 && s.w_row == 1) return Form::column;
    if (s.k == 1 && w_rows && y_rows) return Form::outer;
    return Form::none;
  }
  static int threads(const Desc& d, const Product& p) { return p.work() < 64e3 ? 1 : d.threads(); }
  /// Rows or columns of `length` numbers that make a piece of work, in whole multiples of `unit`.
  static int64_t grain(int64_t length, int64_t unit) {
    const int64_t n = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, length));
    return (n + unit - 1) / unit * unit;
  }

  Product p_;
  ProductBuffers at_;
  Form form_;
  int threads_;
  const Loops& loops_;
  Epilogue epilogue_;
};

/// A few rows in bfloat16 by weights whose rows are added up: bound by reading these.
class ThinBf16 {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    Offer o = Product::accept_one(d, DType::bfloat16);
    if (refused(o)) return o;
    const Product p = Product::read(d);
    if (p.s.m > kRows || p.s.w_row != 1 || p.s.x_col != 1) return no("not a few rows by columns");
    const double each = has_avx512() ? 0.04 : 0.06;  // as measured on an Emerald Rapids
    o.est_ns = 40 + p.work() * each / threads(d, p);
    o = Epilogue::offer(std::move(o), f);
    o.workspace_bytes += uint64_t(p.s.m * loops().bf16_dots.prepared(p.s.k)) * sizeof(float);
    return o;
  }
  explicit ThinBf16(const Desc& d) : ThinBf16(Fused(d)) {}
  explicit ThinBf16(const Fused& f)
      : p_(Product::read(f.anchor())),
        at_(f, p_),
        threads_(threads(f.anchor(), p_)),
        loops_(loops().bf16_dots),
        row_(loops_.prepared(p_.s.k)),
        epilogue_(f) {}

  void run(void* const* buffer, void* workspace) const {
    const SmallProduct& s = p_.s;
    float* x = static_cast<float*>(workspace);
    for (int64_t i = 0; i < s.m; ++i) {
      loops_.prepare(element(buffer[at_.x], i * s.x_row), s.k, x + i * row_);
    }
    const int64_t grain = std::max<int64_t>(8, 32768 / (s.m * s.k) / 8 * 8);
    parallel_for(s.n, grain, threads_, [&](int64_t b, int64_t e) {
      loops_.dots(x, s.m, element(buffer[at_.w], b * s.w_col), s.w_col, e - b, s.k,
                  at_.bias < 0 ? nullptr : element(buffer[at_.bias], b),
                  element(buffer[at_.y], b * s.y_col), s.y_row, s.y_col);
      epilogue_.run(buffer, 0, b, s.m, e - b);
    });
  }

 private:
  static constexpr int64_t kRows = 8;
  static void* element(void* p, int64_t i) { return at(p, i * 2); }
  static int threads(const Desc& d, const Product& p) { return p.work() < 64e3 ? 1 : d.threads(); }

  Product p_;
  ProductBuffers at_;
  int threads_;
  const Bf16DotLoops loops_;
  int64_t row_;
  Epilogue epilogue_;
};

}  // namespace

std::vector<KernelDef> product_by_loops(const char* op) {
  return {product_kernel<Small>(op, "small"), product_kernel<Thin>(op, "thin"),
          product_kernel<ThinBf16>(op, "thin-bf16")};
}

}  // namespace nnrun::onednn
