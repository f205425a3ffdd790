// avg_pool2d and its gradient: (N, C, planes) to pooled planes, or back.
#pragma once

#include "backends/onednn/blocks.h"
#include "backends/onednn/pool.h"

namespace nnrun::onednn {

template <bool kGrad> PoolShape average_shape(const Desc& d) {
  return kGrad ? pool_shape(d, d.out(0), d.in(0)) : pool_shape(d, d.in(0), d.out(0));
}

template <bool kGrad> class AveragePool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32}, {NNR_F32}), d);
    if (refused(o)) return o;
    const PoolShape s = average_shape<kGrad>(d);
    if (!fits_loops(s)) return no("a window too wide");
    const double pooled = double((kGrad ? d.in(0) : d.out(0)).numel());
    o.est_ns = 20 + pooled * double(s.kernel[0] * s.kernel[1]) * 0.2;
    return o;
  }
  explicit AveragePool(const Desc& d)
      : shape_(average_shape<kGrad>(d)),
        planes_(d.in(0).size(0) * d.in(0).size(1)),
        threads_(threads_for(d, 4 * planes_ * shape_.h * shape_.w)),
        loop_(kGrad ? loops().pool.average_grad : loops().pool.average) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    const int64_t plane = shape_.h * shape_.w, pooled = shape_.oh * shape_.ow;
    const int64_t in = kGrad ? pooled : plane, out = kGrad ? plane : pooled;
    for_planes(planes_, plane, threads_, [&](int64_t i) {
      loop_(b.in<float>(0) + i * in, shape_, b.out<float>(0) + i * out);
    });
  }

 private:
  PoolShape shape_;
  int64_t planes_;
  int threads_;
  decltype(PoolLoops::average) loop_;
};

/// The same in blocks.
template <bool kGrad> class BlockedAveragePool {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {NNR_F32 | kAnyLayout}, {NNR_F32 | kAnyLayout});
    o = blocked_offer(std::move(o), d, 0, 0, {0, 1});
    if (refused(o)) return o;
    const PoolShape s = average_shape<kGrad>(d);
    const double pooled = double((kGrad ? d.in(0) : d.out(0)).numel());
    o.est_ns = 20 + pooled * double(s.kernel[0] * s.kernel[1]) * 0.1;
    return o;
  }
  explicit BlockedAveragePool(const Desc& d)
      : shape_(average_shape<kGrad>(d)),
        b_(d, d.in(0)),
        loop_(kGrad ? b_.loops->average_grad : b_.loops->average) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    const int64_t plane = shape_.h * shape_.w * b_.lanes, pooled = shape_.oh * shape_.ow * b_.lanes;
    const int64_t in = kGrad ? pooled : plane, out = kGrad ? plane : pooled;
    b_.for_planes([&](const Plane& p) {
      loop_(b.in<float>(0) + p.number * in, shape_, b.out<float>(0) + p.number * out);
    });
  }

 private:
  PoolShape shape_;
  Blocks b_;
  decltype(BlockLoops::average) loop_;
};

template <bool kGrad> std::vector<KernelDef> average_pool(const char* op) {
  return {kernel<AveragePool<kGrad>>(op, "simd"), kernel<BlockedAveragePool<kGrad>>(op, "blocked")};
}

}  // namespace nnrun::onednn
