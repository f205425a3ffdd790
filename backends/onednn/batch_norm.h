// Shared by batch_norm, its gradient and its inference form: tensors (N, C, ...) by channel.
#pragma once

#include <cmath>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// Rows of (N, C) alone are columns to walk down with a stride, which the loops over a channel's
/// neighbours do not do well; those stay with the compositions.
inline Offer channels_offer(Offer o, const Desc& d, double ns_per_element) {
  o = require_contiguous(std::move(o), d);
  if (refused(o)) return o;
  const Operand x = d.in(0);
  if (x.rank() == 2 && x.size(1) > 1 && x.size(0) > 1) return no("(N, C) without an inner size");
  o.est_ns = 30 + ns_per_element * double(x.numel()) + 30 * double(x.size(0) * x.size(1));
  return o;
}

struct Channels {
  int64_t samples, channels, inner = 1;
  int threads;

  Channels(const Desc& d, const Operand& x)
      : samples(x.size(0)), channels(x.size(1)), threads(threads_for(d, x.numel())) {
    for (int i = 2; i < x.rank(); ++i) inner *= x.size(i);
  }
  double count() const { return double(samples) * double(inner); }
  /// f(channel), on several threads.
  template <class F> void for_channels(F&& f) const {
    parallel_for(channels, 1, threads, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) f(c);
    });
  }
  /// f(offset of the channel in each sample).
  template <class F> void for_samples(int64_t c, F&& f) const {
    for (int64_t n = 0; n < samples; ++n) f((n * channels + c) * inner);
  }
};

}  // namespace nnrun::onednn
