// Shared by the kernels of tensors (N, C, ...) whose channels lie in blocks of 8 or 16 lanes.
#pragma once

#include <cmath>

#include "backends/onednn/layout.h"

namespace nnrun::onednn {

struct Blocks {
  int64_t samples, channels, blocks, inner = 1;
  int lanes, threads;
  const BlockLoops* loops;

  /// Of a tensor for which channel_block is not 0.
  Blocks(const Desc& d, const Operand& x)
      : samples(x.size(0)),
        channels(x.size(1)),
        lanes(channel_block(x.layout())),
        threads(threads_for(d, x.numel())),
        loops(onednn::loops().block(lanes)) {
    blocks = (channels + lanes - 1) / lanes;
    for (int i = 2; i < x.rank(); ++i) inner *= x.size(i);
  }
  double count() const { return double(samples) * double(inner); }
  /// How many lanes of a block are channels.
  int used(int64_t block) const { return int(std::min<int64_t>(lanes, channels - block * lanes)); }
  /// f(block), on several threads.
  template <class F> void for_blocks(F&& f) const {
    parallel_for(blocks, 1, threads, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) f(b);
    });
  }
  /// f(first number of the block in each sample).
  template <class F> void for_samples(int64_t block, F&& f) const {
    for (int64_t n = 0; n < samples; ++n) f((n * blocks + block) * inner * lanes);
  }
  /// f(sample and block in one, the block), on several threads.
  template <class F> void for_planes(F&& f) const {
    const int64_t grain = std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, inner * lanes));
    parallel_for(samples * blocks, grain, threads, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) f(i, i % blocks);
    });
  }
};

/// A number of each lane.
struct Lane {
  alignas(64) float of[16] = {};
};
/// Those of a block's channels from a tensor (C), and 0 for the lanes beyond; `missing` when there
/// is no tensor.
inline Lane lanes_of(const float* v, const Blocks& b, int64_t block, float missing = 0) {
  Lane r;
  for (int l = 0; l < b.used(block); ++l) r.of[l] = v == nullptr ? missing : v[block * b.lanes + l];
  return r;
}

/// An offer of a kernel that is elementwise but for sums over channels: operand `x` and all in
/// `which` have its layout.
inline Offer blocked_offer(Offer o, const Desc& d, int x, double ns_per_element,
                           std::initializer_list<int> which) {
  o = require_contiguous(std::move(o), d);
  if (refused(o)) return o;
  const Operand xo = d.operand(x);
  if (channel_block(xo.layout()) == 0) return no("channels are not in blocks");
  for (int i : which) {
    if (i >= d.inputs() ? false : d.operand(i).layout() != xo.layout()) return no("other layouts");
  }
  o.est_ns = 30 + ns_per_element * double(xo.numel());
  return in_layout(std::move(o), d, std::string(xo.layout()), which);
}

}  // namespace nnrun::onednn
