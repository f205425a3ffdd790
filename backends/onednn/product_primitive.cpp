#include <optional>

#include "backends/onednn/layout.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/product.h"

namespace nnrun::onednn {
namespace {

/// A matrix with one step of 1 and the other at least as large: what a fast matmul takes.
bool is_plain(int64_t rows, int64_t cols, int64_t row_step, int64_t col_step) {
  const bool by_rows = (col_step == 1 || cols == 1) && (row_step >= cols || rows == 1);
  const bool by_cols = (row_step == 1 || rows == 1) && (col_step >= rows || cols == 1);
  return by_rows || by_cols;
}

/// A call of oneDNN; on several threads those of OpenMP take over, and give way again.
double fixed_ns(bool bias, int threads) { return (bias ? 250 : 200) + (threads > 1 ? 3000 : 0); }

class Primitive : public PipelineKernel {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    Offer o = Product::accept(d);
    if (refused(o)) return o;
    const Product p = Product::read(d);
    if (p.work() == 0) return no("nothing to multiply");
    std::string info;
    const std::optional<Pipeline> pipeline = build(f, p, threads(d, p), &info);
    if (!pipeline) return no("oneDNN has only " + info);
    // As measured on a Zen 5, in multiply-adds and numbers moved per ns.
    const DType compute = compute_dtype(p.dtype);
    // Weights as they lie, in long rows, are read past the caches' ways: 63 GFLOP/s of 1536x1536,
    // and 105 where they are packed first, on an Emerald Rapids.
    const bool scattered =
        compute == DType::float32 && has_avx512() && p.s.w_col == 1 && p.s.k * p.s.n > 1 << 20;
    const double rate =
        onednn_multiply_adds_per_ns(compute) * threads(d, p) * (scattered ? 0.6 : 1);
    const double rows = double(p.batch.numel) * double(p.s.m) * double(p.s.k);
    const double weights = double(p.batch.numel) * double(p.s.k) * double(p.s.n);
    const double results = double(p.batch.numel) * double(p.s.m) * double(p.s.n);
    const double moved = weights * (p.s.w_col == 1 ? 0.04 : 0.08) + results * 0.04;
    const double cast = compute == p.dtype ? 0 : (rows + weights + results) * 0.15;
    o.est_ns =
        fixed_ns(p.bias >= 0, threads(d, p)) + p.work() / rate + moved / threads(d, p) + cast;
    o.workspace_bytes = pipeline->workspace_bytes();
    o.detail = info;
    if (threads(d, p) > 1) o.flags |= NNR_K_OWN_THREADS;
    return PostOps(f).offer(std::move(o));
  }
  explicit Primitive(const Desc& d) : Primitive(Fused(d)) {}
  explicit Primitive(const Fused& f) : PipelineKernel(prepare(f)) {}

 private:
  static int threads(const Desc& d, const Product& p) { return p.work() < 256e3 ? 1 : d.threads(); }

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
    return {sizes, to_dnnl(compute_dtype(p.dtype)), steps};
  }

  static Pipeline prepare(const Fused& f) {
    const Product p = Product::read(f.anchor());
    return *build(f, p, threads(f.anchor(), p), nullptr);
  }
  /// Operands that no fast implementation takes as they lie, or in their dtype, are copied first.
  static std::optional<Pipeline> build(const Fused& f, const Product& p, int threads,
                                       std::string* info) {
    const Desc d = f.anchor();
    const ProductBuffers at(f, p);
    const SmallProduct& s = p.s;
    const ThreadLimit limit(threads);
    Pipeline pipeline(threads);
    if (!is_plain(s.m, s.n, s.y_row, s.y_col) || (s.y_col != 1 && s.n != 1))
      return refuse(info, "strided results");
    const Operand xo = d.in(0), wo = d.in(1), yo = d.out(0);
    const bool cast = compute_dtype(p.dtype) != p.dtype;
    if (cast && !yo.contiguous()) return refuse(info, "strided results");
    const bool copy_x = !is_plain(s.m, s.k, s.x_row, s.x_col) || (cast && !xo.contiguous());
    const bool copy_w = !is_plain(s.k, s.n, s.w_row, s.w_col) || (cast && !wo.contiguous());
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
      bias = memory::desc({1, s.n}, to_dnnl(compute_dtype(p.dtype)), {s.n, 1});
    }
    try {
      const PostOps epilogue(f);
      auto pd = compat::matmul(engine(), x, w, bias, y, epilogue.attr());
      if (!skip_reference(pd)) return refuse(info, pd.impl_info_str());
      if (info != nullptr) *info = pd.impl_info_str();
      const auto mx = copy_x || cast ? pipeline.copied(xo, x, at.x) : pipeline.operand(x, at.x);
      const auto mw = copy_w || cast ? pipeline.copied(wo, w, at.w) : pipeline.operand(w, at.w);
      const auto my = pipeline.produced(yo, y, at.y);
      epilogue.prepare(&pipeline, my);
      if (p.bias >= 0) {
        pipeline.add(dnnl::matmul(pd), pd.scratchpad_desc(),
                     {{DNNL_ARG_SRC, mx},
                      {DNNL_ARG_WEIGHTS, mw},
                      {DNNL_ARG_BIAS, pipeline.copied(d.in(2), bias, at.bias)},
                      {DNNL_ARG_DST, my}});
      } else {
        pipeline.add(dnnl::matmul(pd), pd.scratchpad_desc(),
                     {{DNNL_ARG_SRC, mx}, {DNNL_ARG_WEIGHTS, mw}, {DNNL_ARG_DST, my}});
      }
      epilogue.finish(&pipeline, my);
    } catch (const dnnl::error& e) {
      return refuse(info, e.what());
    } catch (const Failure& e) {
      return refuse(info, e.what());
    }
    return pipeline;
  }
  static std::optional<Pipeline> refuse(std::string* info, const std::string& text) {
    if (info != nullptr) *info = text;
    return std::nullopt;
  }
};

}  // namespace

double onednn_multiply_adds_per_ns(DType t) {
  return (t != DType::float32 ? 1.75 : has_avx512() ? 0.91 : 0.7) * multiply_adds_per_ns();
}

KernelDef product_by_onednn(const char* op) { return product_kernel<Primitive>(op, "onednn"); }

}  // namespace nnrun::onednn
