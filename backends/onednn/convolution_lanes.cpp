// conv2d and its gradients with samples side by side: x and y lie (N / lanes, C, H, W, lanes), the
// weights row-major. Every vector is full whatever the channels, and where the batch is not a
// multiple of the lanes, the numbers beyond stay 0.
//
// The gradient of the input is a convolution, too: of the gradient of the result with the kernel
// turned; under a stride, one of each place modulo the stride, with the taps that meet it.
#include <cmath>

#include "backends/onednn/convolution.h"
#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

constexpr int64_t kPieces = 32;  // of the work, at least, where there are as many

/// Which taps of the kernel an axis has: number first + t * step.
struct Axis {
  ConvAxis axis;
  int64_t first, step;
};

std::vector<Axis> forward_axis(const ConvProblem& p, size_t i) {
  const int64_t spread = p.window.dilation[i] + 1, taps = p.w[p.w.size() - 2 + i];
  return {{{p.y[2 + i], 0, 1, -p.window.padding[i], p.window.stride[i], p.x[2 + i], taps, spread},
           0,
           1}};
}
std::vector<Axis> turned_axis(const ConvProblem& p, size_t i) {
  const int64_t spread = p.window.dilation[i] + 1, stride = p.window.stride[i];
  std::vector<Axis> all;
  for (int64_t r = 0; r < std::min(stride, p.x[2 + i]); ++r) {
    std::vector<int64_t> taps;  // those that meet places r + j * stride, the last one first
    for (int64_t t = p.w[p.w.size() - 2 + i]; t-- > 0;) {
      if ((r + p.window.padding[i] - t * spread) % stride == 0) taps.push_back(t);
    }
    const auto from = [&](size_t t) {
      return (r + p.window.padding[i] - taps[t] * spread) / stride;
    };
    const bool several = taps.size() > 1;
    all.push_back({{(p.x[2 + i] - r + stride - 1) / stride, r, stride, taps.empty() ? 0 : from(0),
                    1, p.y[2 + i], int64_t(taps.size()), several ? from(1) - from(0) : 1},
                   taps.empty() ? 0 : taps[0],
                   several ? taps[1] - taps[0] : 0});
  }
  return all;
}

/// Planes of places with zeros around them.
struct Padded {
  int64_t rows, cols;
  int64_t top = 0, bottom = 0, left = 0, right = 0;

  bool needed() const { return top + bottom + left + right > 0; }
  int64_t width() const { return left + cols + right; }
  int64_t size() const { return (top + rows + bottom) * width(); }
  int64_t first() const { return top * width() + left; }
  /// How many places an axis needs before the first and after the last.
  static void widen(const ConvAxis& a, int64_t* before, int64_t* after) {
    const int64_t last = a.from + (a.results - 1) * a.advance + (a.taps - 1) * a.spread;
    *before = std::max(*before, -a.from);
    *after = std::max(*after, last - (a.size - 1));
  }
  void copy(const float* x, int lanes, float* y) const {
    y = std::fill_n(y, top * width() * lanes, 0.f);
    for (int64_t r = 0; r < rows; ++r, x += cols * lanes) {
      y = std::fill_n(y, left * lanes, 0.f);
      y = std::copy_n(x, cols * lanes, y);
      y = std::fill_n(y, right * lanes, 0.f);
    }
    std::fill_n(y, bottom * width() * lanes, 0.f);
  }
};

/// What the passes have in common: the sizes, and the source with zeros around it where the taps
/// reach beyond it.
class Lanes {
 public:
  explicit Lanes(const Desc& d, ConvPass pass)
      : p_(d, pass),
        loops_(loops().conv),
        lanes_(loops_.lanes),
        blocks_((p_.x[0] + lanes_ - 1) / lanes_),
        in_(p_.w[p_.w.size() - 3]),
        out_(p_.w[p_.w.size() - 4]),
        taps_(p_.w[p_.w.size() - 2] * p_.w.back()),
        threads_(p_.work() < 256e3 ? 1 : d.threads()) {}

 protected:
  /// How many numbers the source is with zeros around its planes; 0 when it needs none.
  int64_t copied(int64_t channels) const {
    return around_.needed() ? blocks_ * channels * around_.size() * lanes_ : 0;
  }
  /// The source: x itself, or that copy.
  const float* padded(const float* x, int64_t channels, float* copy) const {
    if (!around_.needed()) return x;
    const int64_t plane = around_.rows * around_.cols * lanes_, size = around_.size() * lanes_;
    parallel_for(blocks_ * channels, std::max<int64_t>(1, kGrain / size), threads_,
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i)
                     around_.copy(x + i * plane, lanes_, copy + i * size);
                 });
    return copy;
  }
  int used(int64_t block) const { return int(std::min<int64_t>(lanes_, p_.x[0] - block * lanes_)); }

  ConvProblem p_;
  const ConvLoops& loops_;
  int lanes_;
  int64_t blocks_;           // of samples
  int64_t in_, out_, taps_;  // of a group
  int threads_;
  Padded around_ = {};
};

/// The result, or the gradient of the input.
class Correlation : public Lanes {
 public:
  Correlation(const Desc& d, ConvPass pass) : Lanes(d, pass), turned_(pass != ConvPass::forward) {
    const auto axes = turned_ ? turned_axis : forward_axis;
    const memory::dims &x = turned_ ? p_.y : p_.x, &y = turned_ ? p_.x : p_.y;
    if (turned_) std::swap(in_, out_);
    around_ = {x[2], x[3]};
    for (const Axis& a : axes(p_, 1)) Padded::widen(a.axis, &around_.left, &around_.right);
    for (const Axis& r : axes(p_, 0)) {
      for (const Axis& c : axes(p_, 1)) phases_.push_back(phase(r, c, y));
    }
    pieces_ = std::clamp<int64_t>(kPieces / std::max<int64_t>(1, blocks_), 1, y[2]);
    for (Phase& f : phases_) f.c.tap = f.taps.data();
  }
  Correlation(const Correlation&) = delete;
  Correlation& operator=(const Correlation&) = delete;

  uint64_t workspace_bytes() const {
    return uint64_t(copied(in_ * p_.groups)) * 4 + uint64_t(p_.elements(p_.w)) * 4;
  }
  void run(const float* x, const float* w, const float* bias, float* y, void* workspace) const {
    float* copy = static_cast<float*>(workspace);
    float* packed = copy + copied(in_ * p_.groups);
    pack(w, packed);
    x = padded(x, in_ * p_.groups, copy);
    const int64_t x_plane = around_.size() * lanes_;
    parallel_for(blocks_ * pieces_, 1, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = i / pieces_, piece = i % pieces_;
        const float* k = packed;
        for (int64_t g = 0; g < p_.groups; ++g) {
          const int64_t from = (block * p_.groups + g) * in_, to = (block * p_.groups + g) * out_;
          for (const Phase& f : phases_) {
            const int64_t n = f.c.rows.results;
            loops_.correlate(f.c, piece * n / pieces_, (piece + 1) * n / pieces_,
                             x + from * x_plane + around_.first() * lanes_, k,
                             bias == nullptr ? nullptr : bias + g * out_, used(block),
                             y + to * f.c.y_plane * lanes_);
            k += out_ * in_ * f.c.rows.taps * f.c.cols.taps;
          }
        }
      }
    });
  }

 private:
  /// One convolution of stride-1 results, and the taps of the kernel that it has.
  struct Phase {
    ConvLanes c;
    std::vector<int64_t> taps;
    Axis rows, cols;
  };
  Phase phase(const Axis& r, const Axis& c, const memory::dims& y) const {
    Phase f = {{r.axis, c.axis, in_, out_, nullptr, around_.width(), y[3], y[2] * y[3]}, {}, r, c};
    for (int64_t i = 0; i < r.axis.taps; ++i) {
      for (int64_t k = 0; k < in_; ++k) {
        for (int64_t j = 0; j < c.axis.taps; ++j) {
          f.taps.push_back(
              (k * around_.size() + i * r.axis.spread * around_.width() + j * c.axis.spread) *
              lanes_);
        }
      }
    }
    return f;
  }
  /// The weights in the order in which they are used.
  void pack(const float* w, float* to) const {
    const int64_t width = p_.w.back();
    const int64_t out_step = turned_ ? taps_ : in_ * taps_,
                  in_step = turned_ ? out_ * taps_ : taps_;
    for (int64_t g = 0; g < p_.groups; ++g, w += out_ * in_ * taps_) {
      for (const Phase& f : phases_) {
        for (int64_t o = 0; o < out_;) {
          const int64_t n = loops_.block(out_ - o);
          for (int64_t r = 0; r < f.c.rows.taps; ++r) {
            for (int64_t i = 0; i < in_; ++i) {
              for (int64_t c = 0; c < f.c.cols.taps; ++c) {
                const float* from = w + o * out_step + i * in_step +
                                    (f.rows.first + r * f.rows.step) * width + f.cols.first +
                                    c * f.cols.step;
                for (int64_t k = 0; k < n; ++k) *to++ = from[k * out_step];
              }
            }
          }
          o += n;
        }
      }
    }
  }

  bool turned_;
  std::vector<Phase> phases_;
  int64_t pieces_;  // of the rows of each block of samples
};

/// The gradient of the weights: the samples in parts, each with sums of its own, lane by lane. The
/// parts hang on the sizes alone, and so do the results.
class WeightGradient : public Lanes {
 public:
  WeightGradient(const Desc& d, ConvPass pass) : Lanes(d, pass) {
    around_ = {p_.x[2], p_.x[3]};
    const ConvAxis rows = forward_axis(p_, 0)[0].axis, cols = forward_axis(p_, 1)[0].axis;
    Padded::widen(rows, &around_.top, &around_.bottom);
    Padded::widen(cols, &around_.left, &around_.right);
    for (int64_t i = 0; i < in_; ++i) {
      for (int64_t r = 0; r < rows.taps; ++r) {
        for (int64_t c = 0; c < cols.taps; ++c) {
          tap_.push_back((i * around_.size() +
                          (rows.from + r * rows.spread + around_.top) * around_.width() +
                          cols.from + c * cols.spread + around_.left) *
                         lanes_);
        }
      }
    }
    c_ = {p_.y[2], p_.y[3], 0, int64_t(tap_.size()), nullptr, 0, cols.advance, p_.y[2] * p_.y[3]};
    c_.x_row = rows.advance * around_.width();
    tap_.resize(tap_.size() + kTapBlock);
    c_.tap = tap_.data();
    for (int64_t g = 0; g < p_.groups; ++g) {
      for (int64_t o = 0; o < out_;) {
        const int64_t n = loops_.block(out_ - o);
        slices_.push_back({g, g * out_ + o, n, sums_});
        sums_ += loops_.sums(n, c_.taps);
        o += n;
      }
    }
    parts_ =
        std::clamp<int64_t>(kPieces / int64_t(slices_.size()), 1, std::max<int64_t>(blocks_, 1));
  }
  WeightGradient(const WeightGradient&) = delete;
  WeightGradient& operator=(const WeightGradient&) = delete;

  uint64_t workspace_bytes() const {
    return uint64_t(parts_ * sums_ + copied(in_ * p_.groups)) * 4;
  }
  void run(const float* gy, const float* x, float* gw, void* workspace) const {
    float* sums = static_cast<float*>(workspace);
    x = padded(x, in_ * p_.groups, sums + parts_ * sums_);
    const int64_t slices = int64_t(slices_.size()), plane = around_.size() * lanes_;
    parallel_for(parts_ * slices, 1, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t part = i / slices;
        const Slice& s = slices_[size_t(i % slices)];
        ConvGradLanes c = c_;
        c.out = s.channels;
        float* sum = sums + part * sums_ + s.sums;
        std::fill_n(sum, loops_.sums(s.channels, c.taps), 0.f);
        for (int64_t n = part * blocks_ / parts_; n < (part + 1) * blocks_ / parts_; ++n) {
          loops_.grad_weight(c, gy + (n * p_.groups * out_ + s.first) * c.y_plane * lanes_,
                             x + (n * p_.groups + s.group) * in_ * plane, sum);
        }
      }
    });
    parallel_for(slices, 1, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Slice& s = slices_[size_t(i)];
        loops_.fold(s.channels, c_.taps, sums + s.sums, parts_, sums_, gw + s.first * c_.taps);
      }
    });
  }

 private:
  /// Output channels that are done together, and where their sums are among those of a part.
  struct Slice {
    int64_t group, first, channels, sums;
  };
  std::vector<int64_t> tap_;
  ConvGradLanes c_;
  std::vector<Slice> slices_;
  int64_t sums_ = 0, parts_;
};

template <ConvPass kPass> class LanesConvolution {
  static constexpr bool kWeight = kPass == ConvPass::grad_weight;

 public:
  static Offer offer(const Desc& d) {
    constexpr uint64_t f = same_as(0), any = f | kAnyLayout;
    constexpr uint64_t first = NNR_F32 | kAnyLayout;
    Offer o = kPass == ConvPass::forward ? accept(d, {first, f, optional(f)}, {any})
              : kWeight                  ? accept(d, {first, any}, {f})
                                         : accept(d, {first, f}, {any});
    o = require_contiguous(std::move(o), d);
    if (refused(o)) return o;
    const ConvProblem p(d, kPass);
    if (p.work() == 0) return no("nothing to convolve");
    const Way way(d, kPass);
    o.est_ns = estimate(p) / (p.work() < 256e3 ? 1 : d.threads()) + 1000;
    o.workspace_bytes = way.workspace_bytes();
    return in_layout(std::move(o), d, sample_blocks(), {0, kWeight ? 1 : d.inputs()});
  }
  explicit LanesConvolution(const Desc& d) : inputs_(d.inputs()), way_(d, kPass) {
    const std::vector<std::string> want = offer(d).layouts;
    for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
      if (d.operand(i) && d.operand(i).layout() != want[size_t(i)])
        throw Failure(NNR_E_UNSUPPORTED, "layouts that were not offered");
    }
  }

  void run(void* const* buffer, void* workspace) const {
    const Buffers b(buffer, inputs_);
    if constexpr (kWeight) {
      way_.run(b.in<float>(0), b.in<float>(1), b.out<float>(0), workspace);
    } else {
      const float* bias = kPass == ConvPass::forward ? b.in<float>(2) : nullptr;
      way_.run(b.in<float>(0), b.in<float>(1), bias, b.out<float>(0), workspace);
    }
  }

 private:
  using Way = std::conditional_t<kWeight, WeightGradient, Correlation>;

  /// In ns on one thread: 85 in 100 of the multiply-adds that a core can do, as measured with AVX2,
  /// and half of that where weights are so many that they leave the first caches between places;
  /// each result costs as much as ten more.
  static double estimate(const ConvProblem& p) {
    const double lanes = loops().conv.lanes, n = double(p.x[0]);
    const double used = n / (std::ceil(n / lanes) * lanes);
    const double results = p.elements(kPass == ConvPass::grad_input ? p.x : p.y);
    const double each = kWeight ? 0 : 10 * results;
    const double sums = kWeight ? p.elements(p.w) * 2 : 0;
    const double rate = p.elements(p.w) > 50e3 ? 0.45 : 0.85;
    return (p.work() + each) / used / (rate * multiply_adds_per_ns()) + sums;
  }

  int inputs_;
  Way way_;
};

}  // namespace

KernelDef lanes_kernel(const char* op, ConvPass pass) {
  switch (pass) {
    case ConvPass::forward: return kernel<LanesConvolution<ConvPass::forward>>(op, "lanes");
    case ConvPass::grad_input: return kernel<LanesConvolution<ConvPass::grad_input>>(op, "lanes");
    default: return kernel<LanesConvolution<ConvPass::grad_weight>>(op, "lanes");
  }
}

}  // namespace nnrun::onednn
