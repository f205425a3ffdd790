#include "backends/onednn/blocks.h"
#include "backends/onednn/pool.h"

namespace nnrun::onednn {
namespace {

class AdaptiveAveragePoolGrad {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32}, {NNR_F32}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.out(0).numel()) * 0.3 + double(d.in(0).numel()) * 10;
    return o;
  }
  explicit AdaptiveAveragePoolGrad(const Desc& d)
      : h_(d.out(0).size(2)),
        w_(d.out(0).size(3)),
        oh_(d.in(0).size(2)),
        ow_(d.in(0).size(3)),
        planes_(d.in(0).size(0) * d.in(0).size(1)),
        threads_(threads_for(d, 4 * d.out(0).numel())) {}

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    for_planes(planes_, h_ * w_, threads_, [&](int64_t i) {
      const float* gy = b.in<float>(0) + i * oh_ * ow_;
      float* gx = b.out<float>(0) + i * h_ * w_;
      std::fill(gx, gx + h_ * w_, 0.f);
      for (int64_t r = 0; r < oh_; ++r) {
        const int64_t top = r * h_ / oh_, bottom = ((r + 1) * h_ + oh_ - 1) / oh_;
        for (int64_t c = 0; c < ow_; ++c) {
          const int64_t left = c * w_ / ow_, right = ((c + 1) * w_ + ow_ - 1) / ow_;
          const float part = gy[r * ow_ + c] / float((bottom - top) * (right - left));
          for (int64_t y = top; y < bottom; ++y) {
            for (int64_t x = left; x < right; ++x) gx[y * w_ + x] += part;
          }
        }
      }
    });
  }

 private:
  int64_t h_, w_, oh_, ow_, planes_;
  int threads_;
};

/// The same to channels in blocks, from plain ones: they are few.
class BlockedAdaptiveAveragePoolGrad {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {NNR_F32}, {NNR_F32 | kAnyLayout});
    o = require_contiguous(std::move(o), d);
    if (refused(o)) return o;
    o.est_ns = 20 + double(d.out(0).numel()) * 0.2 + double(d.in(0).numel()) * 10;
    o = in_layout(std::move(o), d, channel_blocks(4), {1});
    if (o.layouts[1].empty()) return no("blocks would not be seen");
    return o;
  }
  explicit BlockedAdaptiveAveragePoolGrad(const Desc& d)
      : channels_(d.out(0).size(1)),
        h_(d.out(0).size(2)),
        w_(d.out(0).size(3)),
        oh_(d.in(0).size(2)),
        ow_(d.in(0).size(3)),
        samples_(d.in(0).size(0)),
        lanes_(channel_block(d.out(0).layout())),
        threads_(threads_for(d, 4 * d.out(0).numel())) {
    if (lanes_ == 0) throw Failure(NNR_E_UNSUPPORTED, "channels are not in blocks");
  }

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, 1);
    const int64_t blocks = (channels_ + lanes_ - 1) / lanes_, pooled = oh_ * ow_;
    for_planes(samples_ * blocks, h_ * w_ * lanes_, threads_, [&](int64_t i) {
      const int64_t first = i % blocks * lanes_,
                    used = std::min<int64_t>(lanes_, channels_ - first);
      const float* gy = b.in<float>(0) + (i / blocks * channels_ + first) * pooled;
      float* gx = b.out<float>(0) + i * h_ * w_ * lanes_;
      std::fill(gx, gx + h_ * w_ * lanes_, 0.f);
      for (int64_t r = 0; r < oh_; ++r) {
        const int64_t top = r * h_ / oh_, bottom = ((r + 1) * h_ + oh_ - 1) / oh_;
        for (int64_t c = 0; c < ow_; ++c) {
          const int64_t left = c * w_ / ow_, right = ((c + 1) * w_ + ow_ - 1) / ow_;
          float part[16] = {};
          for (int64_t l = 0; l < used; ++l) {
            part[l] = gy[l * pooled + r * ow_ + c] / float((bottom - top) * (right - left));
          }
          for (int64_t y = top; y < bottom; ++y) {
            for (int64_t x = left; x < right; ++x) {
              for (int64_t l = 0; l < lanes_; ++l) gx[(y * w_ + x) * lanes_ + l] += part[l];
            }
          }
        }
      }
    });
  }

 private:
  int64_t channels_, h_, w_, oh_, ow_, samples_;
  int lanes_, threads_;
};

}  // namespace

std::vector<KernelDef> kernel_adaptive_avg_pool2d_grad() {
  return {kernel<AdaptiveAveragePoolGrad>("adaptive_avg_pool2d_grad", "loop"),
          kernel<BlockedAdaptiveAveragePoolGrad>("adaptive_avg_pool2d_grad", "blocked")};
}

}  // namespace nnrun::onednn
