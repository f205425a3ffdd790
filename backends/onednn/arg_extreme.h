// argmax and argmin.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

template <bool kLargest> class ArgExtreme {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers}, {NNR_I64});
    if (refused(o)) return o;
    const Operand x = d.in(0);
    if (!d.attrs().has("dim") && !x.contiguous()) return no("strided and flattened");
    if (length(d) == 0 && d.out(0).numel() > 0) return no("over nothing");
    o.est_ns = 15 + double(x.numel()) * 0.5;
    return o;
  }
  explicit ArgExtreme(const Desc& d)
      : length_(length(d)),
        step_(1),
        bytes_(size_of(d.in(0).dtype())),
        threads_(threads_for(d, d.in(0).numel())),
        loop_(loops().arg_extreme(kLargest, d.in(0).dtype())),
        rows_(rows(d)) {
    const int r = d.in(0).rank();
    if (d.attrs().has("dim") && r > 0) step_ = d.in(0).stride(dim_of(d, "dim", r));
  }

  void run(void* const* buffer, void*) const {
    int64_t* y = static_cast<int64_t*>(buffer[1]);
    const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, length_));
    parallel_for(rows_.numel, grain, threads_, [&](int64_t begin, int64_t end) {
      rows_.for_rows(begin, end, [&](const auto& place, int64_t n, const auto& step) {
        for (int64_t i = 0; i < n; ++i) {
          y[place[1] + i * step[1]] =
              loop_(at(static_cast<const void*>(buffer[0]), (place[0] + i * step[0]) * bytes_),
                    length_, step_);
        }
      });
    });
  }

 private:
  static int64_t length(const Desc& d) {
    const Operand x = d.in(0);
    if (!d.attrs().has("dim") || x.rank() == 0) return x.numel();
    return x.size(dim_of(d, "dim", x.rank()));
  }
  /// The other dims: x, y.
  static Walk<2> rows(const Desc& d) {
    const Operand x = d.in(0), y = d.out(0);
    if (!d.attrs().has("dim") || x.rank() == 0) return Walk<2>({}, {});
    std::vector<int64_t> sizes = x.shape(), xs = x.strides(), ys = y.strides();
    const int dim = dim_of(d, "dim", x.rank());
    sizes.erase(sizes.begin() + dim);
    xs.erase(xs.begin() + dim);
    if (ys.size() > sizes.size()) ys.erase(ys.begin() + dim);
    return Walk<2>(sizes, {xs, ys});
  }

  int64_t length_, step_;
  int bytes_, threads_;
  int64_t (*loop_)(const void*, int64_t, int64_t);
  Walk<2> rows_;
};

}  // namespace nnrun::onednn
