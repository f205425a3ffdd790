#include "backends/onednn/product.h"

#include <optional>

#include "backends/onednn/primitive.h"

namespace nnrun::onednn {
namespace {

/// Both ops as one: matrices of some sizes and strides, for each index of merged batch dimensions.
struct Product {
  DType dtype;
  SmallProduct s;
  Walk<3> batch;  // x, w, y
  int bias = -1;  // which operand
  int64_t bias_step = 0;
  int y;  // which operand
};

/// The leading dimensions of a tensor as one: their common step, or nothing.
std::optional<int64_t> row_step(const Operand& o) {
  int64_t step = 0, size = 1;  // of the dimensions seen so far, innermost first
  for (int i = o.rank() - 2; i >= 0; --i) {
    if (o.size(i) == 1) continue;
    if (size == 1) {
      step = o.stride(i);
    } else if (o.stride(i) != step * size) {
      return std::nullopt;
    }
    size *= o.size(i);
  }
  return step;
}

Offer accept_product(const Desc& d) {
  constexpr uint64_t kTypes = NNR_F32 | NNR_BF16;
  if (d.op() == "matmul") return accept(d, {kTypes, same_as(0)}, {same_as(0)});
  Offer o = accept(d, {kTypes, same_as(0), optional(same_as(0))}, {same_as(0)});
  if (!refused(o) && (!row_step(d.in(0)) || !row_step(d.out(0)))) {
    return no("leading dimensions do not merge");
  }
  return o;
}

Product read_product(const Desc& d) {
  const Operand x = d.in(0), w = d.in(1), y = d.out(0);
  const int r = x.rank(), ry = y.rank();
  if (d.op() == "linear") {
    const int64_t in = x.size(r - 1);
    int64_t rows = 1;
    for (int i = 0; i + 1 < r; ++i) rows *= x.size(i);
    Product p{x.dtype(),
              {rows, in, w.size(0), *row_step(x), x.stride(r - 1), w.stride(1), w.stride(0),
               *row_step(y), y.stride(ry - 1)},
              Walk<3>({}, {}),
              -1,
              0,
              d.inputs()};
    if (d.in(2)) {
      p.bias = 2;
      p.bias_step = d.in(2).stride(0);
    }
    return p;
  }
  const auto leading = [&](const Operand& o) {
    std::vector<int64_t> s = broadcast_strides(o, o.shape());
    for (int i = 0; i < r; ++i) {
      if (o.size(i) == 1) s[size_t(i)] = 0;
    }
    s.resize(size_t(r - 2));
    return s;
  };
  std::vector<int64_t> sizes = y.shape();
  sizes.resize(size_t(r - 2));
  return {x.dtype(),
          {x.size(r - 2), x.size(r - 1), w.size(r - 1), x.stride(r - 2), x.stride(r - 1),
           w.stride(r - 2), w.stride(r - 1), y.stride(r - 2), y.stride(r - 1)},
          Walk<3>(sizes, {leading(x), leading(w), leading(y)}),
          -1,
          0,
          2};
}

double work(const Product& p) {
  return double(p.batch.numel) * double(p.s.m) * double(p.s.k) * double(p.s.n);
}

// ---- oneDNN ----

/// A matrix with one step of 1 and the other at least as large: what a fast matmul takes.
bool is_plain(int64_t rows, int64_t cols, int64_t row_step, int64_t col_step) {
  const bool by_rows = (col_step == 1 || cols == 1) && (row_step >= cols || rows == 1);
  const bool by_cols = (row_step == 1 || rows == 1) && (col_step >= rows || cols == 1);
  return by_rows || by_cols;
}

class Primitive {
 public:
  using State = Pipeline::State;

  static Offer offer(const Desc& d) {
    Offer o = accept_product(d);
    if (refused(o)) return o;
    const Product p = read_product(d);
    if (!is_fast(p.dtype)) return no("no bfloat16 instructions");
    if (work(p) == 0) return no("nothing to multiply");
    std::string info;
    const std::optional<Pipeline> pipeline = build(d, p, threads(d, p), &info);
    if (!pipeline) return no("oneDNN has only " + info);
    const double rate = (p.dtype == DType::float32 ? 100 : 200) * threads(d, p);  // per ns
    const double narrow = double(p.s.m) / (double(p.s.m) + 3);  // few rows leave the lanes idle
    o.est_ns = (p.bias < 0 ? 210 : 260) + work(p) / (rate * narrow);
    o.workspace_bytes = pipeline->workspace_bytes();
    o.detail = info;
    if (threads(d, p) > 1) o.flags |= NNR_K_OWN_THREADS;
    return o;
  }
  explicit Primitive(const Desc& d)
      : pipeline_(*build(d, read_product(d), threads(d, read_product(d)), nullptr)) {}

  State bind(void* const* buffer, void* workspace) const {
    return pipeline_.bind(buffer, workspace);
  }
  void rebind(State& s, void* const* buffer, void* workspace) const {
    pipeline_.rebind(s, buffer, workspace);
  }
  nnr_status run(State& s) const { return pipeline_.run(s); }

 private:
  static int threads(const Desc& d, const Product& p) { return work(p) < 256e3 ? 1 : d.threads(); }

  /// dims and strides: of the batch (1 where it repeats), then of the matrix.
  static memory::desc describe(const Product& p, size_t which, int64_t rows, int64_t cols,
                               int64_t row_step, int64_t col_step) {
    memory::dims sizes, steps;
    for (size_t i = 0; i < p.batch.rank; ++i) {
      const int64_t step = p.batch.stride[i][which];
      if (p.batch.numel == 1) continue;
      sizes.push_back(step == 0 ? 1 : p.batch.shape[i]);
      steps.push_back(step == 0 ? rows * cols : step);
    }
    const bool by_cols = row_step == 1 && col_step >= rows && rows > 1;
    sizes.insert(sizes.end(), {rows, cols});
    steps.push_back(by_cols ? 1 : rows == 1 ? cols : row_step);
    steps.push_back(!by_cols ? 1 : cols == 1 ? rows : col_step);
    return {sizes, to_dnnl(p.dtype), steps};
  }

  /// Operands that no fast implementation takes as they lie are copied first.
  static std::optional<Pipeline> build(const Desc& d, const Product& p, int threads,
                                       std::string* info) {
    const SmallProduct& s = p.s;
    const ThreadLimit limit(threads);
    Pipeline pipeline(threads);
    if (!is_plain(s.m, s.n, s.y_row, s.y_col) || (s.y_col != 1 && s.n != 1))
      return refuse(info, "strided results");
    const Operand xo = d.in(0), wo = d.in(1);
    const bool copy_x = !is_plain(s.m, s.k, s.x_row, s.x_col);
    const bool copy_w = !is_plain(s.k, s.n, s.w_row, s.w_col);
    if (p.batch.numel > 1 && (copy_x || copy_w)) return refuse(info, "strided matrices");
    const memory::desc x =
        copy_x ? describe(p, 0, s.m, s.k, s.k, 1) : describe(p, 0, s.m, s.k, s.x_row, s.x_col);
    const memory::desc w = !copy_w              ? describe(p, 1, s.k, s.n, s.w_row, s.w_col)
                           : d.op() == "linear" ? describe(p, 1, s.k, s.n, 1, s.k)
                                                : describe(p, 1, s.k, s.n, s.n, 1);
    const memory::desc y = describe(p, 2, s.m, s.n, s.y_row, s.y_col);
    memory::desc bias;
    if (p.bias >= 0) {
      if (p.bias_step != 1 && s.n != 1) return refuse(info, "a strided bias");
      bias = memory::desc({1, s.n}, to_dnnl(p.dtype), {s.n, 1});
    }
    try {
      auto pd = compat::matmul(engine(), x, w, bias, y, user_scratchpad());
      if (!skip_reference(pd)) return refuse(info, pd.impl_info_str());
      if (info != nullptr) *info = pd.impl_info_str();
      const auto mx = copy_x ? pipeline.copied(xo, x, 0) : pipeline.operand(x, 0);
      const auto mw = copy_w ? pipeline.copied(wo, w, 1) : pipeline.operand(w, 1);
      const auto my = pipeline.operand(y, p.y);
      if (p.bias >= 0) {
        pipeline.add(dnnl::matmul(pd), pd.scratchpad_desc(),
                     {{DNNL_ARG_SRC, mx},
                      {DNNL_ARG_WEIGHTS, mw},
                      {DNNL_ARG_BIAS, pipeline.operand(bias, p.bias)},
                      {DNNL_ARG_DST, my}});
      } else {
        pipeline.add(dnnl::matmul(pd), pd.scratchpad_desc(),
                     {{DNNL_ARG_SRC, mx}, {DNNL_ARG_WEIGHTS, mw}, {DNNL_ARG_DST, my}});
      }
    } catch (const dnnl::error& e) {
      return refuse(info, e.what());
    }
    return pipeline;
  }
  static std::optional<Pipeline> refuse(std::string* info, const std::string& text) {
    if (info != nullptr) *info = text;
    return std::nullopt;
  }

  Pipeline pipeline_;
};

// ---- our own ----

class Small {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_product(d);
    if (refused(o)) return o;
    const Product p = read_product(d);
    if (p.dtype != DType::float32) return no("not for bfloat16");
    if (p.bias_step > 1 && p.s.n > 1) return no("a strided bias");
    if (p.s.k > kDeepest && work(p) > 0) return no("rows longer than 64");
    const double strips = double((p.s.n + 15) / 16) * double(p.batch.numel);
    const double packing = p.s.w_col != 1 ? strips * 2.7 : p.s.n % 16 != 0 ? 1.5 : 0;
    o.est_ns = 12 + packing * double(p.s.k) + strips * double(p.s.m) * (double(p.s.k) * 0.17 + 1.5);
    return o;
  }
  explicit Small(const Desc& d) : p_(read_product(d)), loop_(loops().small_product) {}

  void run(void* const* buffer, void*) const {
    const float* bias = p_.bias < 0 ? nullptr : static_cast<const float*>(buffer[p_.bias]);
    const auto one = [&](int64_t x, int64_t w, int64_t y) {
      loop_(p_.s, static_cast<const float*>(buffer[0]) + x,
            static_cast<const float*>(buffer[1]) + w, bias, static_cast<float*>(buffer[p_.y]) + y);
    };
    if (p_.batch.numel == 1) {
      one(0, 0, 0);
    } else {
      p_.batch.for_each([&](const auto& at) { one(at[0], at[1], at[2]); });
    }
  }

 private:
  static constexpr int64_t kDeepest = 64;  // as small_product's buffer
  Product p_;
  decltype(Loops::small_product) loop_;
};

/// One row, one column, or an inner size of 1: bound by reading (or writing) the one matrix.
class Thin {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept_product(d);
    if (refused(o)) return o;
    const Product p = read_product(d);
    if (p.dtype != DType::float32) return no("not for bfloat16");
    if (p.batch.numel != 1 || work(p) == 0) return no("not one product");
    if (form_of(p) == Form::none) return no("neither a row, a column nor an outer product");
    if (p.bias_step > 1 && p.s.n > 1) return no("a strided bias");
    o.est_ns = 30 + work(p) * 4 / 30 / threads(d, p);  // bytes at 30 GB/s a thread
    return o;
  }
  explicit Thin(const Desc& d)
      : p_(read_product(d)), form_(form_of(p_)), threads_(threads(d, p_)), loops_(loops()) {}

  void run(void* const* buffer, void*) const {
    const SmallProduct& s = p_.s;
    const float* x = static_cast<const float*>(buffer[0]);
    const float* w = static_cast<const float*>(buffer[1]);
    const float* bias = p_.bias < 0 ? nullptr : static_cast<const float*>(buffer[p_.bias]);
    float* y = static_cast<float*>(buffer[p_.y]);
    switch (form_) {
      case Form::row_by_rows:
        parallel_for(s.n, grain(s.k, 64), threads_, [&](int64_t b, int64_t e) {
          loops_.vector_matrix(x, s.x_col, w + b, s.w_row, s.k, e - b,
                               bias == nullptr ? nullptr : bias + b, y + b);
        });
        break;
      case Form::row_by_columns:
        parallel_for(s.n, grain(s.k, 1), threads_, [&](int64_t b, int64_t e) {
          for (int64_t j = b; j < e; ++j) {
            y[j * s.y_col] = loops_.dot(x, w + j * s.w_col, s.k) + (bias == nullptr ? 0 : bias[j]);
          }
        });
        break;
      case Form::column:
        parallel_for(s.m, grain(s.k, 1), threads_, [&](int64_t b, int64_t e) {
          for (int64_t i = b; i < e; ++i) {
            y[i * s.y_row] = loops_.dot(x + i * s.x_row, w, s.k) + (bias == nullptr ? 0 : *bias);
          }
        });
        break;
      case Form::outer:
      case Form::none:
        parallel_for(s.m, grain(s.n, 1), threads_, [&](int64_t b, int64_t e) {
          for (int64_t i = b; i < e; ++i) {
            loops_.vector_matrix(x + i * s.x_row, 1, w, s.n, 1, s.n, bias, y + i * s.y_row);
          }
        });
        break;
    }
  }

 private:
  enum class Form { none, row_by_rows, row_by_columns, column, outer };

  static Form form_of(const Product& p) {
    const SmallProduct& s = p.s;
    const bool w_rows = s.w_col == 1 || s.n == 1, y_rows = s.y_col == 1 || s.n == 1;
    if (s.m == 1 && w_rows && y_rows) return Form::row_by_rows;
    if (s.m == 1 && s.w_row == 1 && s.x_col == 1) return Form::row_by_columns;
    if (s.n == 1 && s.x_col == 1 && s.w_row == 1) return Form::column;
    if (s.k == 1 && w_rows && y_rows) return Form::outer;
    return Form::none;
  }
  static int threads(const Desc& d, const Product& p) { return work(p) < 64e3 ? 1 : d.threads(); }
  /// Rows or columns of `length` numbers that make a piece of work, in whole multiples of `unit`.
  static int64_t grain(int64_t length, int64_t unit) {
    const int64_t n = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, length));
    return (n + unit - 1) / unit * unit;
  }

  Product p_;
  Form form_;
  int threads_;
  const Loops& loops_;
};

}  // namespace

std::vector<KernelDef> product_kernels(const char* op) {
  return {kernel<Primitive>(op, "onednn"), kernel<Small>(op, "small"), kernel<Thin>(op, "thin")};
}

}  // namespace nnrun::onednn
