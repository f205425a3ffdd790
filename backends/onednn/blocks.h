// Shared by the kernels of tensors (N, C, ...) whose channels, or samples, lie in blocks of 8 or 16
// lanes: (N, C / lanes, ..., lanes) or (N / lanes, C, ..., lanes). Lanes beyond the last channel or
// sample are 0.
#pragma once

#include <cmath>

#include "backends/onednn/layout.h"

namespace nnrun::onednn {

/// The numbers of a block of samples and a block of channels, one of which is one by one.
struct Plane {
  int64_t number, block;  // of all; of channels
  int used;               // lanes
};

struct Blocks {
  int64_t samples, channels;
  int64_t rows, blocks;  // of samples, of channels
  int64_t inner = 1;
  int lanes, threads;
  bool of_samples;
  const BlockLoops* loops;

  /// Of a tensor for which lanes_of_layout is not 0.
  Blocks(const Desc& d, const Operand& x)
      : samples(x.size(0)),
        channels(x.size(1)),
        lanes(lanes_of_layout(x.layout())),
        threads(threads_for(d, x.numel())),
        of_samples(sample_block(x.layout()) != 0),
        loops(onednn::loops().block(lanes)) {
    rows = of_samples ? (samples + lanes - 1) / lanes : samples;
    blocks = of_samples ? channels : (channels + lanes - 1) / lanes;
    for (int i = 2; i < x.rank(); ++i) inner *= x.size(i);
  }
  static int lanes_of_layout(std::string_view layout) {
    return std::max(channel_block(layout), sample_block(layout));
  }
  double count() const { return double(samples) * double(inner); }
  Plane plane(int64_t i) const {
    const int64_t block = i % blocks;
    const int64_t rest = of_samples ? samples - i / blocks * lanes : channels - block * lanes;
    return {i, block, int(std::min<int64_t>(lanes, rest))};
  }
  /// How many channels a block has.
  int channels_in(int64_t block) const {
    return of_samples ? 1 : int(std::min<int64_t>(lanes, channels - block * lanes));
  }
  /// The first of them.
  int64_t channel(int64_t block) const { return of_samples ? block : block * lanes; }

  /// f(block), on several threads.
  template <class F> void for_blocks(F&& f) const {
    parallel_for(blocks, 1, threads, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) f(b);
    });
  }
  /// f(first number of the plane, lanes in use) for all planes of a block.
  template <class F> void for_samples(int64_t block, F&& f) const {
    for (int64_t n = 0; n < rows; ++n) {
      const Plane p = plane(n * blocks + block);
      f(p.number * inner * lanes, p.used);
    }
  }
  /// f(plane), on several threads.
  template <class F> void for_planes(F&& f) const {
    const int64_t grain = std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, inner * lanes));
    parallel_for(rows * blocks, grain, threads, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) f(plane(i));
    });
  }
  /// Sums by channel, each in its lane (or in all), of what f(first number of a plane, sum) adds up
  /// by lane.
  template <class F> void sum(int64_t block, double* sum, F&& f) const {
    for_samples(block, [&](int64_t at, int used) {
      double part[16] = {};
      f(at, part);
      for (int l = 0; l < used; ++l) sum[l] += part[l];
    });
    if (!of_samples) return;
    double all = 0;
    for (int l = 0; l < lanes; ++l) all += sum[l];
    std::fill_n(sum, lanes, all);
  }
};

/// A number of each lane.
struct Lane {
  alignas(64) float of[16] = {};
  /// The first `used` of them, the others 0.
  Lane first(int used) const {
    Lane r;
    std::copy_n(of, used, r.of);
    return r;
  }
};
/// Those of a block's channels from a tensor (C), and 0 for the lanes beyond; `missing` when there
/// is no tensor.
inline Lane lanes_of(const float* v, const Blocks& b, int64_t block, float missing = 0) {
  Lane r;
  const int n = b.of_samples ? b.lanes : b.channels_in(block);
  for (int l = 0; l < n; ++l) {
    r.of[l] = v == nullptr ? missing : v[b.channel(block) + (b.of_samples ? 0 : l)];
  }
  return r;
}

/// An offer of a kernel that is elementwise but for sums over channels: operand `x` and all in
/// `which` have its layout.
inline Offer blocked_offer(Offer o, const Desc& d, int x, double ns_per_element,
                           std::initializer_list<int> which) {
  o = require_contiguous(std::move(o), d);
  if (refused(o)) return o;
  const Operand xo = d.operand(x);
  if (Blocks::lanes_of_layout(xo.layout()) == 0)
    return no("neither channels nor samples in blocks");
  for (int i : which) {
    if (i >= d.inputs() ? false : d.operand(i).layout() != xo.layout()) return no("other layouts");
  }
  o.est_ns = 30 + ns_per_element * double(xo.numel());
  return in_layout(std::move(o), d, std::string(xo.layout()), which);
}

}  // namespace nnrun::onednn
