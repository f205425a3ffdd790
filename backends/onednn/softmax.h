// softmax, log_softmax and their gradients: one loop over each line along dim.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// kIn operands (x, or gy and y) to one result, a line at a time: f(lines of the operands, result,
/// length) on float32 side by side; others pass through buffers of kLongest numbers.
template <int kIn, class F> class Lines {
 public:
  static Offer offer(const Desc& d) {
    constexpr uint64_t kTypes = NNR_F32 | NNR_BF16 | NNR_F16;
    Offer o = kIn == 1 ? accept(d, {kTypes}, {same_as(0)})
                       : accept(d, {kTypes, same_as(0)}, {same_as(0)});
    if (refused(o)) return o;
    if (!direct(d) && length(d) > kLongest) {
      return no("lines of more than 2048 numbers that are not float32 side by side");
    }
    o.est_ns = 15 + double(d.out(0).numel()) * 0.6 + 15 * double(lines(d).numel);
    return elementwise_inplace(std::move(o), d);
  }
  explicit Lines(const Desc& d)
      : n_(length(d)),
        lines_(lines(d)),
        direct_(direct(d)),
        bytes_(size_of(d.in(0).dtype())),
        threads_(threads_for(d, 4 * d.out(0).numel())),
        widen_(loops().widen(d.in(0).dtype())),
        narrow_(loops().narrow(d.in(0).dtype())),
        f_(F::loop()) {
    for (int i = 0; i <= kIn; ++i) {
      const Operand o = d.operand(i);
      step_[i] = o.rank() == 0 ? 1 : o.stride(dim_of(d, "dim", o.rank()));
    }
  }

  void run(void* const* buffer, void*) const {
    const int64_t grain = std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, n_));
    parallel_for(lines_.numel, grain, threads_, [&](int64_t begin, int64_t end) {
      lines_.for_rows(begin, end, [&](const auto& place, int64_t n, const auto& step) {
        for (int64_t i = 0; i < n; ++i) {
          void* p[kIn + 1];
          for (size_t k = 0; k <= size_t(kIn); ++k) {
            p[k] = at(buffer[k], (place[k] + i * step[k]) * bytes_);
          }
          line(p);
        }
      });
    });
  }

 private:
  static constexpr int64_t kLongest = 2048;

  static int64_t length(const Desc& d) {
    const Operand x = d.in(0);
    return x.rank() == 0 ? 1 : x.size(dim_of(d, "dim", x.rank()));
  }
  static bool direct(const Desc& d) {
    bool yes = d.in(0).dtype() == DType::float32;
    for (int i = 0; i <= kIn; ++i) {
      const Operand o = d.operand(i);
      yes = yes && (o.rank() == 0 || o.stride(dim_of(d, "dim", o.rank())) == 1);
    }
    return yes;
  }
  static Walk<kIn + 1> lines(const Desc& d) {
    const Operand x = d.in(0);
    std::vector<int64_t> sizes = x.shape();
    if (x.rank() > 0) sizes[size_t(dim_of(d, "dim", x.rank()))] = x.numel() == 0 ? 0 : 1;
    std::array<std::vector<int64_t>, kIn + 1> strides;
    for (int i = 0; i <= kIn; ++i) strides[size_t(i)] = d.operand(i).strides();
    return Walk<kIn + 1>(sizes, strides);
  }
  void line(void* const* p) const {
    if (direct_) {
      F::call(f_, p, n_);
      return;
    }
    float buffers[kIn + 1][kLongest];
    void* q[kIn + 1];
    for (int k = 0; k <= kIn; ++k) q[k] = buffers[k];
    for (int k = 0; k < kIn; ++k) widen_(p[k], step_[k], buffers[k], n_);
    F::call(f_, q, n_);
    narrow_(buffers[kIn], p[kIn], step_[kIn], n_);
  }

  int64_t n_;
  Walk<kIn + 1> lines_;
  bool direct_;
  int bytes_, threads_;
  void (*widen_)(const void*, int64_t, void*, int64_t);
  void (*narrow_)(const void*, void*, int64_t, int64_t);
  decltype(F::loop()) f_;
  int64_t step_[kIn + 1];
};

template <auto kLoop> struct MapLine {
  static auto loop() { return loops().row.*kLoop; }
  template <class L> static void call(L f, void* const* p, int64_t n) {
    f(static_cast<const float*>(p[0]), static_cast<float*>(p[1]), n);
  }
};
template <auto kLoop> struct MapLines {
  static auto loop() { return loops().row.*kLoop; }
  template <class L> static void call(L f, void* const* p, int64_t n) {
    f(static_cast<const float*>(p[0]), static_cast<const float*>(p[1]), static_cast<float*>(p[2]),
      n);
  }
};

}  // namespace nnrun::onednn
