// Averages over windows of an image's planes (N, C, H, W), and their gradients.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "backends/reference/kernels.h"
#include "backends/reference/sums.h"

namespace nnrun::reference {

/// The planes of N operands (N, C, H, W) with the same N and C: where they begin, and the strides
/// within.
template <size_t N> struct Planes {
  Walk<int(N)> starts;
  std::array<std::array<int64_t, 2>, N> stride;  // [operand][h, w]

  Planes(const Operand& any, const std::array<std::vector<int64_t>, N>& strides)
      : starts({any.size(0), any.size(1)}, planes(strides)) {
    for (size_t k = 0; k < N; ++k) stride[k] = {strides[k][2], strides[k][3]};
  }

  int64_t at(size_t operand, int64_t h, int64_t w) const {
    return h * stride[operand][0] + w * stride[operand][1];
  }

 private:
  static std::array<std::vector<int64_t>, N> planes(std::array<std::vector<int64_t>, N> strides) {
    for (std::vector<int64_t>& s : strides) s.resize(2);
    return strides;
  }
};

/// The input elements of one output element along one dimension, and how many the average counts.
struct Range {
  int64_t begin, end, count;
};
using Ranges = std::array<std::vector<Range>, 2>;  // for H, W: of each output

/// Attributes kernel_size, stride, padding, count_include_pad.
Ranges pool_ranges(const Desc& d, const Operand& input, const Operand& output);
/// Output o of O covers [floor(o*I/O), ceil((o+1)*I/O)).
Ranges adaptive_ranges(const Desc& d, const Operand& input, const Operand& output);

template <Ranges (*kRanges)(const Desc&, const Operand&, const Operand&)> class AveragePool {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kFloats, same_as(0)}); }
  explicit AveragePool(const Desc& d)
      : dtype_(d.in(0).dtype()),
        ranges_(kRanges(d, d.in(0), d.out(0))),
        planes_(d.in(0), {d.in(0).strides(), d.out(0).strides()}) {}

  void run(void* const* buffer, void*) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      planes_.starts.for_each([&](const auto& start) {
        const T* x = static_cast<const T*>(buffer[0]) + start[0];
        T* y = static_cast<T*>(buffer[1]) + start[1];
        for (size_t oh = 0; oh < ranges_[0].size(); ++oh) {
          for (size_t ow = 0; ow < ranges_[1].size(); ++ow) {
            const Range &h = ranges_[0][oh], &w = ranges_[1][ow];
            double sum = 0;
            for (int64_t ih = h.begin; ih < h.end; ++ih) {
              for (int64_t iw = w.begin; iw < w.end; ++iw) sum += load(x, planes_.at(0, ih, iw));
            }
            const bool empty = h.begin >= h.end || w.begin >= w.end;
            y[planes_.at(1, int64_t(oh), int64_t(ow))] =
                convert<T>(empty ? 0.0 : sum / double(h.count * w.count));
          }
        }
      });
    });
  }

 private:
  DType dtype_;
  Ranges ranges_;
  Planes<2> planes_;
};

template <Ranges (*kRanges)(const Desc&, const Operand&, const Operand&)> class AveragePoolGrad {
 public:
  static Offer offer(const Desc& d) { return with_sums(accept(d, {kFloats, same_as(0)}), d); }
  explicit AveragePoolGrad(const Desc& d)
      : dtype_(d.in(0).dtype()),
        ranges_(kRanges(d, d.out(0), d.in(0))),
        planes_(d.in(0), {d.in(0).strides(), row_major(d.out(0).shape())}),
        sums_(d.out(0)) {}

  void run(void* const* buffer, void* workspace) const {
    visit<kFloats>(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      double* sums = static_cast<double*>(workspace);
      sums_.clear(sums);
      planes_.starts.for_each([&](const auto& start) {
        const T* gy = static_cast<const T*>(buffer[0]) + start[0];
        double* gx = sums + start[1];
        for (size_t oh = 0; oh < ranges_[0].size(); ++oh) {
          for (size_t ow = 0; ow < ranges_[1].size(); ++ow) {
            const Range &h = ranges_[0][oh], &w = ranges_[1][ow];
            const double g =
                load(gy, planes_.at(0, int64_t(oh), int64_t(ow))) / double(h.count * w.count);
            for (int64_t ih = h.begin; ih < h.end; ++ih) {
              for (int64_t iw = w.begin; iw < w.end; ++iw) gx[planes_.at(1, ih, iw)] += g;
            }
          }
        }
      });
      sums_.round(sums, static_cast<T*>(buffer[1]));
    });
  }

 private:
  DType dtype_;
  Ranges ranges_;
  Planes<2> planes_;
  Sums sums_;
};

}  // namespace nnrun::reference
