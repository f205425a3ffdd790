#include "backends/onednn/blocks.h"
#include "backends/onednn/pool.h"

namespace nnrun::onednn {
namespace {

/// The mean over windows [floor(o size / results), ceil((o + 1) size / results)).
class AdaptiveAveragePool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32}, {NNR_F32}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.in(0).numel()) * 0.2 + double(d.out(0).numel()) * 10;
    return o;
  }
  explicit AdaptiveAveragePool(const Desc& d)
      : h_(d.in(0).size(2)),
        w_(d.in(0).size(3)),
        oh_(d.out(0).size(2)),
        ow_(d.out(0).size(3)),
        planes_(d.in(0).size(0) * d.in(0).size(1)),
        threads_(threads_for(d, 4 * d.in(0).numel())),
        sum_(*loops().reduce(ReduceOp::sum, DType::float32)) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    for_planes(planes_, h_ * w_, threads_, [&](int64_t i) {
      const float* x = b.in<float>(0) + i * h_ * w_;
      float* y = b.out<float>(0) + i * oh_ * ow_;
      for (int64_t r = 0; r < oh_; ++r) {
        const int64_t top = r * h_ / oh_, bottom = ((r + 1) * h_ + oh_ - 1) / oh_;
        for (int64_t c = 0; c < ow_; ++c) {
          const int64_t left = c * w_ / ow_, right = ((c + 1) * w_ + ow_ - 1) / ow_;
          const int64_t rows = bottom - top, cols = right - left;
          Accumulator acc = sum_.start;
          const bool whole = cols == w_;  // then the rows are one long one
          sum_.rows(x + top * w_ + left, whole ? 1 : rows, w_, whole ? rows * cols : cols, 1, &acc);
          y[r * ow_ + c] = float(acc.f / double(rows * cols));
        }
      }
    });
  }

 private:
  int64_t h_, w_, oh_, ow_, planes_;
  int threads_;
  const ReduceLoops& sum_;
};

/// The same in blocks.
class BlockedAdaptiveAveragePool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {NNR_F32 | kAnyLayout}, {NNR_F32 | kAnyLayout});
    o = blocked_offer(std::move(o), d, 0, 0.2, {0, 1});
    if (!refused(o)) o.est_ns += double(d.out(0).numel());
    return o;
  }
  explicit BlockedAdaptiveAveragePool(const Desc& d)
      : h_(d.in(0).size(2)),
        w_(d.in(0).size(3)),
        oh_(d.out(0).size(2)),
        ow_(d.out(0).size(3)),
        b_(d, d.in(0)) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    b_.for_planes([&](const Plane& p) {
      const float* x = b.in<float>(0) + p.number * h_ * w_ * b_.lanes;
      float* y = b.out<float>(0) + p.number * oh_ * ow_ * b_.lanes;
      for (int64_t r = 0; r < oh_; ++r) {
        const int64_t top = r * h_ / oh_, bottom = ((r + 1) * h_ + oh_ - 1) / oh_;
        for (int64_t c = 0; c < ow_; ++c, y += b_.lanes) {
          const int64_t left = c * w_ / ow_, right = ((c + 1) * w_ + ow_ - 1) / ow_;
          double sum[16] = {};
          for (int64_t i = top; i < bottom; ++i) {
            b_.loops->sums(x + (i * w_ + left) * b_.lanes, right - left, sum);
          }
          const double count = double((bottom - top) * (right - left));
          for (int l = 0; l < b_.lanes; ++l) y[l] = float(sum[l] / count);
        }
      }
    });
  }

 private:
  int64_t h_, w_, oh_, ow_;
  Blocks b_;
};

}  // namespace

std::vector<KernelDef> kernel_adaptive_avg_pool2d() {
  return {kernel<AdaptiveAveragePool>("adaptive_avg_pool2d", "simd"),
          kernel<BlockedAdaptiveAveragePool>("adaptive_avg_pool2d", "blocked")};
}

}  // namespace nnrun::onednn
