#include "backends/onednn/blocks.h"
#include "backends/onednn/pool.h"

namespace nnrun::onednn {
namespace {

class MaxPool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32}, {NNR_F32, NNR_I32}), d);
    if (refused(o)) return o;
    const PoolShape s = pool_shape(d, d.in(0), d.out(0));
    if (!fits_loops(s)) return no("a window too wide");
    o.est_ns = 20 + double(d.out(0).numel()) * double(s.kernel[0] * s.kernel[1]) * 0.2;
    return o;
  }
  explicit MaxPool(const Desc& d)
      : shape_(pool_shape(d, d.in(0), d.out(0))),
        planes_(d.in(0).size(0) * d.in(0).size(1)),
        threads_(threads_for(d, 4 * d.in(0).numel())),
        loop_(loops().pool.max) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    const int64_t in = shape_.h * shape_.w, out = shape_.oh * shape_.ow;
    for_planes(planes_, in, threads_, [&](int64_t i) {
      loop_(b.in<float>(0) + i * in, shape_, b.out<float>(0) + i * out,
            b.out<int32_t>(1) + i * out);
    });
  }

 private:
  PoolShape shape_;
  int64_t planes_;
  int threads_;
  decltype(PoolLoops::max) loop_;
};

/// The same in blocks.
class BlockedMaxPool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {NNR_F32 | kAnyLayout}, {NNR_F32 | kAnyLayout, NNR_I32 | kAnyLayout});
    o = blocked_offer(std::move(o), d, 0, 0, {0, 1, 2});
    if (refused(o)) return o;
    const PoolShape s = pool_shape(d, d.in(0), d.out(0));
    o.est_ns = 20 + double(d.out(0).numel()) * double(s.kernel[0] * s.kernel[1]) * 0.25;
    return o;
  }
  explicit BlockedMaxPool(const Desc& d)
      : shape_(pool_shape(d, d.in(0), d.out(0))), b_(d, d.in(0)) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    const int64_t in = shape_.h * shape_.w * b_.lanes, out = shape_.oh * shape_.ow * b_.lanes;
    b_.for_planes([&](const Plane& p) {
      b_.loops->max(b.in<float>(0) + p.number * in, shape_, p.used,
                    b.out<float>(0) + p.number * out, b.out<int32_t>(1) + p.number * out);
    });
  }

 private:
  PoolShape shape_;
  Blocks b_;
};

}  // namespace

std::vector<KernelDef> kernel_max_pool2d() {
  return {kernel<MaxPool>("max_pool2d", "simd"), kernel<BlockedMaxPool>("max_pool2d", "blocked")};
}

}  // namespace nnrun::onednn
