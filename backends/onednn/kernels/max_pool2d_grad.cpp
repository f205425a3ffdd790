#include "backends/onednn/blocks.h"
#include "backends/onednn/pool.h"

namespace nnrun::onednn {
namespace {

/// gy, index -> gx: each result's gradient goes to the element that was the largest.
class MaxPoolGrad {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32, NNR_I32}, {NNR_F32}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.in(0).numel()) * 1.0 + double(d.out(0).numel()) * 0.1;
    return o;
  }
  explicit MaxPoolGrad(const Desc& d)
      : planes_(d.in(0).size(0) * d.in(0).size(1)),
        pooled_(d.in(0).size(2) * d.in(0).size(3)),
        plane_(d.out(0).size(2) * d.out(0).size(3)),
        threads_(threads_for(d, 4 * d.out(0).numel())) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 2);
    for_planes(planes_, plane_, threads_, [&](int64_t i) {
      const float* gy = b.in<float>(0) + i * pooled_;
      const int32_t* index = b.in<int32_t>(1) + i * pooled_;
      float* gx = b.out<float>(0) + i * plane_;
      std::fill(gx, gx + plane_, 0.f);
      for (int64_t j = 0; j < pooled_; ++j) {
        if (index[j] >= 0 && index[j] < plane_) gx[index[j]] += gy[j];
      }
    });
  }

 private:
  int64_t planes_, pooled_, plane_;
  int threads_;
};

/// The same in blocks.
class BlockedMaxPoolGrad {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {NNR_F32 | kAnyLayout, NNR_I32 | kAnyLayout}, {NNR_F32 | kAnyLayout});
    o = blocked_offer(std::move(o), d, 0, 0, {0, 1, 2});
    if (!refused(o)) o.est_ns = 20 + double(d.in(0).numel()) * 1.0 + double(d.out(0).numel()) * 0.1;
    return o;
  }
  explicit BlockedMaxPoolGrad(const Desc& d) : b_(d, d.in(0)) {
    shape_.oh = d.in(0).size(2);
    shape_.ow = d.in(0).size(3);
    shape_.h = d.out(0).size(2);
    shape_.w = d.out(0).size(3);
  }

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 2);
    const int64_t in = shape_.oh * shape_.ow * b_.lanes, out = shape_.h * shape_.w * b_.lanes;
    b_.for_planes([&](const Plane& p) {
      b_.loops->max_grad(b.in<float>(0) + p.number * in, b.in<int32_t>(1) + p.number * in, shape_,
                         b.out<float>(0) + p.number * out);
    });
  }

 private:
  PoolShape shape_ = {};
  Blocks b_;
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d_grad() {
  return {kernel<MaxPoolGrad>("max_pool2d_grad", "loop"),
          kernel<BlockedMaxPoolGrad>("max_pool2d_grad", "blocked")};
}

}  // namespace nnrun::onednn
