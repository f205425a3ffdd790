#include "backends/onednn/winograd.h"

#include <cmath>

#include "backends/onednn/epilogue.h"
#include "backends/onednn/fused.h"
#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

constexpr int64_t kPoints = 36;
constexpr double kCache = 3e6;         // bytes of transformed tiles that are at hand at once
constexpr double kManyWeights = 12e6;  // transformed ones that are done in slices
constexpr int64_t kDeepest = 400;      // a panel of weights fits the first cache
constexpr int64_t kSplit = 4;          // pieces of each point's product

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Planes of `rows` x `cols` places in blocks of channels.
struct Planes {
  int64_t channels, rows, cols;
  int64_t at(int64_t image, int64_t block, int64_t row, int64_t col, int64_t pitch) const {
    return (((image * (channels / pitch) + block) * rows + row) * cols + col) * pitch;
  }
};

/// Tiles of 4x4 results and the 6x6 places of the source that each comes from.
class Tiling {
 public:
  /// before: places of the first result's window that lie before the source, by dimension.
  Tiling(const Planes& source, const Planes& result, int64_t images, const int64_t (&before)[2],
         int64_t pitch)
      : source_(source),
        result_(result),
        before_{before[0], before[1]},
        pitch_(pitch),
        down_(divide_up(result.rows, 4)),
        across_(divide_up(result.cols, 4)),
        count_(images * down_ * across_) {}

  int64_t count() const { return count_; }

  /// f(tile, where it starts) in block `block` of the source's channels; of the result's.
  template <class F> void in_source(int64_t t, int64_t block, F&& f) const {
    const Place p = place(t);
    with_tile(source_, p.image, block, p.row - before_[0], p.col - before_[1], 6, f);
  }
  template <class F> void in_result(int64_t t, int64_t block, F&& f) const {
    const Place p = place(t);
    with_tile(result_, p.image, block, p.row, p.col, 4, f);
  }

 private:
  struct Place {
    int64_t image, row, col;
  };
  Place place(int64_t t) const {
    return {t / (down_ * across_), t / across_ % down_ * 4, t % across_ * 4};
  }
  template <class F> void with_tile(const Planes& of, int64_t image, int64_t block, int64_t row,
                                    int64_t col, int size, F&& f) const {
    const auto first = [](int64_t from) { return int(std::max<int64_t>(0, -from)); };
    const auto last = [&](int64_t from, int64_t n) {
      return int(std::clamp<int64_t>(n - from, 0, size));
    };
    const WinogradTile t{pitch_,     of.cols * pitch_,  first(row), last(row, of.rows),
                         first(col), last(col, of.cols)};
    f(t, of.at(image, block, row, col, pitch_));
  }

  Planes source_, result_;
  int64_t before_[2];
  int64_t pitch_, down_, across_, count_;
};

/// Tiles are done in blocks whose transforms stay in the last cache, but not in smaller ones than
/// the weights that each block passes.
int64_t tiles_at_once(int64_t tiles, int64_t in, int64_t out) {
  const double weights = double(kPoints * 4) * double(in) * double(out);
  const double each = double(kPoints * 4) * double(in + out);
  const double room = std::clamp(weights, kCache, 8 * kCache);
  const int64_t most = std::max<int64_t>(48, int64_t(room / each));
  const int64_t blocks = divide_up(tiles, most), rows = loops().gemm.rows;
  return std::min(tiles, divide_up(divide_up(tiles, blocks), rows) * rows);
}

/// Numbers from one point to the next, for at least n of each: whole cache lines, an odd number of
/// them, or those of one tile would all lie in one set of the cache.
int64_t step_of(int64_t n) { return (divide_up(n, 16) | 1) * 16; }

/// f(k) for k < n on up to that many threads.
template <class F> void each(int64_t n, int64_t grain, int threads, F&& f) {
  parallel_for(n, grain, threads, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) f(k);
  });
}

struct Shape {
  Planes source, result;
  int64_t images;
  int64_t before[2];
};
/// For the gradient of the input: the convolution of the result's gradient that it is.
Shape shape_of(const ConvProblem& p) {
  const bool turned = p.pass == ConvPass::grad_input;
  const memory::dims &from = turned ? p.y : p.x, &to = turned ? p.x : p.y;
  Shape s{{from[1], from[2], from[3]}, {to[1], to[2], to[3]}, p.x[0], {}};
  for (size_t i = 0; i < 2; ++i)
    s.before[i] = turned ? 2 - p.window.padding[i] : p.window.padding[i];
  return s;
}
int64_t pitch_of_blocks() { return channel_block(channel_blocks(4)); }

/// Transformed weights: (36, panels, in, columns of a panel).
struct PreparedWeights {
  int64_t in, out;
  bool turned;

  int64_t width() const { return loops().gemm.cols; }
  int64_t panels() const { return divide_up(out, width()); }
  int64_t panel_size() const { return in * width(); }
  int64_t step(int64_t panels) const { return step_of(panels * panel_size()); }
  int64_t size(int64_t panels) const { return kPoints * step(panels); }

  /// Panels [begin, end) of all, from weights (O, C, 3, 3).
  void make(const float* w, int64_t begin, int64_t end, int threads, float* u) const {
    const WinogradWeights how{turned ? 9 : in * 9, turned ? out * 9 : 9, turned};
    each(end - begin, 1, threads, [&](int64_t k) {
      const int64_t o = (begin + k) * width();
      loops().winograd.weights(how, w + o * how.out_step, out - o, in, u + k * panel_size(),
                               step(end - begin));
    });
  }
  std::string layout() const {
    return "onednn!winograd-4x4-" + std::to_string(width()) + (turned ? "-turned" : "");
  }
};

/// The result, or the gradient of the input.
class Correlation {
 public:
  Correlation(const ConvProblem& p, int threads)
      : pitch_(pitch_of_blocks()),
        shape_(shape_of(p)),
        tiling_(shape_.source, shape_.result, shape_.images, shape_.before, pitch_),
        weights_{shape_.source.channels, shape_.result.channels, p.pass == ConvPass::grad_input},
        threads_(p.work() < 256e3 ? 1 : threads),
        at_once_(tiles_at_once(tiling_.count(), in(), out())) {
    const double bytes = double(weights_.size(weights_.panels())) * 4;
    slice_ = divide_up(weights_.panels(), int64_t(std::ceil(bytes / kManyWeights)));
  }

  const PreparedWeights& weights() const { return weights_; }
  /// prepared: weights come so.
  uint64_t workspace_bytes(bool prepared) const {
    const int64_t u = prepared ? 0 : weights_.size(slice_);
    return uint64_t(kPoints * (step_of(at_once_ * in()) + step_of(at_once_ * out())) + u) * 4;
  }
  /// In ns, on one thread, as measured on a Zen 3.
  double estimate(bool prepared) const {
    const double tiles = double(tiling_.count()), points = double(kPoints);
    const double products = points * tiles * double(in()) * double(out());
    const double moved = points * tiles * double(in() + out()) * 4;
    const double u =
        points * double(in()) * double(out()) * 4 * std::ceil(tiles / double(at_once_));
    return products / (0.85 * multiply_adds_per_ns()) + moved / 12 + u / (prepared ? 16 : 6);
  }

  void run(const float* x, const float* w, bool prepared, const float* bias, const float* add,
           bool relu, float* y, void* workspace) const {
    float* v = static_cast<float*>(workspace);
    float* m = v + kPoints * step_of(at_once_ * in());
    float* u = m + kPoints * step_of(at_once_ * out());
    const int64_t all = weights_.panels(), slice = prepared ? all : slice_;
    for (int64_t begin = 0; begin < all; begin += slice) {
      const int64_t end = std::min(all, begin + slice);
      if (!prepared) weights_.make(w, begin, end, threads_, u);
      const Panels panels{prepared ? w : u, begin, end};
      for (int64_t t = 0; t < tiling_.count(); t += at_once_) {
        const int64_t tiles = std::min(at_once_, tiling_.count() - t);
        if (begin == 0 || at_once_ < tiling_.count()) transform(x, t, tiles, v);
        multiply(panels, tiles, v, m);
        finish(panels, t, tiles, m, bias, add, relu, y);
      }
    }
  }

 private:
  struct Panels {
    const float* u;
    int64_t begin, end;
  };
  int64_t in() const { return shape_.source.channels; }
  int64_t out() const { return shape_.result.channels; }

  /// v (36, tiles, in)
  void transform(const float* x, int64_t first, int64_t tiles, float* v) const {
    each(tiles, 1, threads_, [&](int64_t t) {
      for (int64_t c = 0; c < in() / pitch_; ++c) {
        tiling_.in_source(first + t, c, [&](const WinogradTile& tile, int64_t at) {
          loops().winograd.source(tile, x + at, v + t * in() + c * pitch_, step_of(tiles * in()));
        });
      }
    });
  }
  /// m (36, tiles, out) = v u
  void multiply(const Panels& p, int64_t tiles, const float* v, float* m) const {
    const GemmLoops& gemm = loops().gemm;
    const int64_t depths = divide_up(in(), kDeepest), deep = divide_up(in(), depths);
    const int64_t count = p.end - p.begin, split = std::min(count, kSplit);
    each(kPoints * split, 1, threads_, [&](int64_t k) {
      const int64_t point = k / split, piece = k % split;
      const float* u = p.u + point * weights_.step(count);
      const float* from = v + point * step_of(tiles * in());
      float* to = m + point * step_of(tiles * out());
      for (int64_t i = piece * count / split; i < (piece + 1) * count / split; ++i) {
        const int64_t col = (p.begin + i) * gemm.cols;
        const int64_t n = std::min<int64_t>(gemm.cols, out() - col);
        for (int64_t d = 0; d < in(); d += deep) {
          const float* panel = u + i * weights_.panel_size() + d * gemm.cols;
          for (int64_t t = 0; t < tiles; t += gemm.rows) {
            gemm.block(from + t * in() + d, in(), panel, std::min(deep, in() - d),
                       std::min<int64_t>(gemm.rows, tiles - t), n, nullptr, d == 0,
                       to + t * out() + col, out());
          }
        }
      }
    });
  }
  void finish(const Panels& p, int64_t first, int64_t tiles, const float* m, const float* bias,
              const float* add, bool relu, float* y) const {
    const int64_t begin = p.begin * weights_.width() / pitch_;
    const int64_t end = std::min(out(), p.end * weights_.width()) / pitch_;
    each(tiles, 1, threads_, [&](int64_t t) {
      for (int64_t c = begin; c < end; ++c) {
        tiling_.in_result(first + t, c, [&](const WinogradTile& tile, int64_t at) {
          loops().winograd.result(tile, m + t * out() + c * pitch_, step_of(tiles * out()),
                                  bias == nullptr ? nullptr : bias + c * pitch_,
                                  add == nullptr ? nullptr : add + at, relu, y + at);
        });
      }
    });
  }

  int64_t pitch_;
  Shape shape_;
  Tiling tiling_;
  PreparedWeights weights_;
  int threads_;
  int64_t at_once_, slice_;  // tiles; panels
};

/// The gradient of the weights. Sums go over tiles in their order, whatever the threads.
class WeightGradient {
 public:
  WeightGradient(const ConvProblem& p, int threads)
      : pitch_(pitch_of_blocks()),
        shape_(shape_of(p)),
        tiling_(shape_.source, shape_.result, shape_.images, shape_.before, pitch_),
        threads_(p.work() < 256e3 ? 1 : threads),
        at_once_(tiles_at_once(tiling_.count(), in(), out())),
        slice_(out()) {
    const double bytes = double(kPoints * 4) * double(in()) * double(out());
    if (at_once_ == tiling_.count() && bytes > kManyWeights) {
      slice_ = divide_up(out(), int64_t(std::ceil(bytes / kManyWeights)));
      slice_ = divide_up(slice_, pitch_) * pitch_;
    }
  }

  uint64_t workspace_bytes() const {
    return uint64_t(kPoints * (step_of(at_once_ * in()) + step_of(at_once_ * out()) +
                               step_of(in() * slice_))) *
           4;
  }
  double estimate() const {
    const double tiles = double(tiling_.count()), points = double(kPoints);
    const double products = points * tiles * double(in()) * double(out());
    const double moved = points * tiles * double(in() + out()) * 4;
    const double blocks = std::ceil(tiles / double(at_once_));
    const double u = points * double(in()) * double(out()) * 4 * blocks;
    return products / (0.8 * multiply_adds_per_ns()) + moved / 12 + u / 8;
  }

  void run(const float* gy, const float* x, float* gw, void* workspace) const {
    float* v = static_cast<float*>(workspace);
    float* e = v + kPoints * step_of(at_once_ * in());
    float* u = e + kPoints * step_of(at_once_ * out());
    for (int64_t begin = 0; begin < out(); begin += slice_) {
      const int64_t n = std::min(slice_, out() - begin);
      for (int64_t t = 0; t < tiling_.count(); t += at_once_) {
        const int64_t tiles = std::min(at_once_, tiling_.count() - t);
        if (begin == 0) transform(gy, x, t, tiles, v, e);
        multiply(v, e + begin * tiles, n, tiles, t == 0, u);
      }
      finish(u, n, gw + begin * in() * 9);
    }
  }

 private:
  int64_t in() const { return shape_.source.channels; }
  int64_t out() const { return shape_.result.channels; }

  /// v (36, in / pitch, tiles, pitch), e (36, out / pitch, tiles, pitch)
  void transform(const float* gy, const float* x, int64_t first, int64_t tiles, float* v,
                 float* e) const {
    each(tiles, 1, threads_, [&](int64_t t) {
      for (int64_t c = 0; c < in() / pitch_; ++c) {
        tiling_.in_source(first + t, c, [&](const WinogradTile& tile, int64_t at) {
          loops().winograd.source(tile, x + at, v + (c * tiles + t) * pitch_,
                                  step_of(tiles * in()));
        });
      }
      for (int64_t c = 0; c < out() / pitch_; ++c) {
        tiling_.in_result(first + t, c, [&](const WinogradTile& tile, int64_t at) {
          loops().winograd.gradient(tile, gy + at, e + (c * tiles + t) * pitch_,
                                    step_of(tiles * out()));
        });
      }
    });
  }
  /// u (36, in, n)
  void multiply(const float* v, const float* e, int64_t n, int64_t tiles, bool first,
                float* u) const {
    const int64_t blocks = in() / pitch_, split = std::min(blocks, kSplit);
    each(kPoints * split, 1, threads_, [&](int64_t k) {
      const int64_t point = k / split, piece = k % split;
      const int64_t begin = piece * blocks / split * pitch_;
      const int64_t end = (piece + 1) * blocks / split * pitch_;
      loops().winograd.sum_products(v + point * step_of(in() * tiles) + begin * tiles, end - begin,
                                    e + point * step_of(out() * tiles), n, pitch_, tiles, first,
                                    u + point * step_of(in() * n) + begin * n);
    });
  }
  void finish(const float* u, int64_t n, float* gw) const {
    const int64_t width = 2 * loops().winograd.lanes;
    each(divide_up(n, width), 1, threads_, [&](int64_t k) {
      const int64_t o = k * width;
      loops().winograd.weights_gradient(u + o, step_of(in() * n), n, n - o, in(),
                                        gw + o * in() * 9);
    });
  }

  int64_t pitch_;
  Shape shape_;
  Tiling tiling_;
  int threads_;
  int64_t at_once_, slice_;  // tiles; channels of the result
};

std::string why_not(const Desc& d, const ConvProblem& p) {
  const auto is = [](const memory::dims& v, int64_t n) { return v[0] == n && v[1] == n; };
  const auto padded = [&](size_t i) { return p.window.padding[i] <= 2; };
  if (!d.fast_math()) return "not under strict math";
  if (p.groups != 1 || p.w[2] != 3 || p.w[3] != 3 || !is(p.window.stride, 1) ||
      !is(p.window.dilation, 0) || !padded(0) || !padded(1))
    return "not 3x3 of stride 1";
  const int64_t pitch = pitch_of_blocks();
  if (p.x[1] % pitch != 0 || p.y[1] % pitch != 0) return "channels that do not fill blocks";
  if (pitch % loops().winograd.lanes != 0) return "blocks smaller than a vector";
  if (p.work() == 0) return "nothing to convolve";
  return "";
}

Offer offered(Offer o, const Desc& d, ConvPass pass, std::initializer_list<int> blocked) {
  o = require_contiguous(std::move(o), d);
  if (refused(o)) return o;
  if (const std::string why = why_not(d, ConvProblem(d, pass)); !why.empty()) return no(why);
  o.flags |= NNR_K_APPROX;
  return in_layout(std::move(o), d, channel_blocks(4), blocked);
}
void require(const Desc& d, const std::vector<std::string>& layouts) {
  for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
    if (d.operand(i) && d.operand(i).layout() != layouts[size_t(i)])
      throw Failure(NNR_E_UNSUPPORTED, "layouts that were not offered");
  }
}

constexpr uint64_t kFirst = NNR_F32 | kAnyLayout, kAs = same_as(0) | kAnyLayout;

template <ConvPass kPass, bool kPrepared> class Winograd {
  static constexpr std::string_view kOp =
      kPass == ConvPass::forward ? "conv2d" : "conv2d_grad_input";

 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    if (d.op() != kOp) return no("another op");
    const std::optional<SumAndRelu> e = SumAndRelu::read(f);
    if (!e) return no("other than a sum and relu");
    Offer o = kPass == ConvPass::forward ? accept(d, {kFirst, kAs, optional(same_as(0))}, {kAs})
                                         : accept(d, {kFirst, kAs}, {kAs});
    o = offered(std::move(o), d, kPass, {0, d.inputs()});
    if (refused(o)) return o;
    const Correlation c(ConvProblem(d, kPass), d.threads());
    if (kPrepared) {
      o.layouts[1] = c.weights().layout();
      o.bytes[1] = uint64_t(c.weights().size(c.weights().panels())) * 4;
    }
    o.est_ns = c.estimate(kPrepared) / d.threads() + 1000;
    o.workspace_bytes = c.workspace_bytes(kPrepared);
    // Not where it is the source, too: tiles read their neighbours' places.
    if (e->add >= 0 && e->add != f.buffer(0)) o.inplace.push_back({uint32_t(e->add), 0});
    return o;
  }
  explicit Winograd(const Desc& d) : Winograd(Fused(d)) {}
  explicit Winograd(const Fused& f)
      : way_(ConvProblem(f.anchor(), kPass), f.anchor().threads()),
        inputs_(f.whole().inputs()),
        x_(f.buffer(0)),
        w_(f.buffer(1)),
        bias_(kPass == ConvPass::forward && f.anchor().in(2) ? f.buffer(2) : -1),
        epilogue_(SumAndRelu::read(f).value()) {
    require(f.anchor(), offer(f).layouts);
  }

  void run(void* const* buffer, void* workspace) const {
    const Buffers b(buffer, inputs_);
    const auto given = [&](int i) { return i < 0 ? nullptr : b.in<float>(i); };
    way_.run(b.in<float>(x_), b.in<float>(w_), kPrepared, given(bias_), given(epilogue_.add),
             epilogue_.relu, b.out<float>(0), workspace);
  }

 private:
  Correlation way_;
  int inputs_, x_, w_, bias_;
  SumAndRelu epilogue_;
};

class WinogradWeightGradient {
 public:
  static Offer offer(const Desc& d) {
    Offer o = offered(accept(d, {kFirst, kAs}, {same_as(0)}), d, ConvPass::grad_weight, {0, 1});
    if (refused(o)) return o;
    const WeightGradient g(ConvProblem(d, ConvPass::grad_weight), d.threads());
    o.est_ns = g.estimate() / d.threads() + 1000;
    o.workspace_bytes = g.workspace_bytes();
    return o;
  }
  explicit WinogradWeightGradient(const Desc& d)
      : way_(ConvProblem(d, ConvPass::grad_weight), d.threads()) {
    require(d, offer(d).layouts);
  }
  void run(void* const* buffer, void* workspace) const {
    const Buffers b(buffer, 2);
    way_.run(b.in<float>(0), b.in<float>(1), b.out<float>(0), workspace);
  }

 private:
  WeightGradient way_;
};

/// From weights as they are, (O, C, 3, 3), into the layout of the prepared.
class WinogradReorder {
 public:
  static Offer offer(const Desc& d) {
    Offer o = require_contiguous(accept(d, {NNR_F32}, {NNR_F32 | kAnyLayout}), d);
    if (refused(o)) return o;
    const std::optional<PreparedWeights> w = read(d);
    if (!w) return no("not into transformed weights");
    o.est_ns = 500 + 0.8 * double(w->size(w->panels())) / d.threads();
    return o;
  }
  explicit WinogradReorder(const Desc& d) : weights_(read(d).value()), threads_(d.threads()) {}
  void run(void* const* buffer, void*) const {
    weights_.make(static_cast<const float*>(buffer[0]), 0, weights_.panels(), threads_,
                  static_cast<float*>(buffer[1]));
  }

 private:
  static std::optional<PreparedWeights> read(const Desc& d) {
    const Operand w = d.in(0), u = d.out(0);
    if (w.rank() != 4 || w.size(2) != 3 || w.size(3) != 3 || w.shape() != u.shape())
      return std::nullopt;
    for (const PreparedWeights& p : {PreparedWeights{w.size(1), w.size(0), false},
                                     PreparedWeights{w.size(0), w.size(1), true}}) {
      if (u.layout() == p.layout()) return p;
    }
    return std::nullopt;
  }
  PreparedWeights weights_;
  int threads_;
};

}  // namespace

std::vector<KernelDef> winograd_kernels(const char* op, ConvPass pass) {
  switch (pass) {
    case ConvPass::forward:
      return {kernel<Winograd<ConvPass::forward, false>>(op, "winograd-4x4"),
              kernel<Winograd<ConvPass::forward, true>>(op, "winograd-4x4-prepared")};
    case ConvPass::grad_input:
      return {kernel<Winograd<ConvPass::grad_input, false>>(op, "winograd-4x4"),
              kernel<Winograd<ConvPass::grad_input, true>>(op, "winograd-4x4-prepared")};
    default: return {kernel<WinogradWeightGradient>(op, "winograd-4x4")};
  }
}

std::vector<KernelDef> fused_winograd_kernels() {
  return {fused_kernel<Winograd<ConvPass::forward, false>>("winograd-4x4"),
          fused_kernel<Winograd<ConvPass::forward, true>>("winograd-4x4-prepared")};
}

KernelDef winograd_weights_kernel() { return kernel<WinogradReorder>("reorder", "winograd-4x4"); }

}  // namespace nnrun::onednn
