// Convolutions as one product of oneDNN's over the windows of all images. Channels are last, so
// that a row of a window is side by side: where images are small and channels many, the product
// uses a CPU's matrix units better than oneDNN's convolutions do, which work row by row of an
// image.
#include <cstring>

#include "backends/onednn/convolution.h"
#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

constexpr const char* kChannelsLast = "onednn:acdb";
constexpr double kMostBytes = 64 << 20;  // of windows, which are many times their images

/// The windows of a convolution: (N, OH, OW) rows of (KH, KW, C) numbers.
struct Windows {
  int64_t images, channels, in[2], out[2], taps[2], stride[2], spread[2], before[2];

  explicit Windows(const ConvProblem& p)
      : images(p.x[0]),
        channels(p.x[1]),
        in{p.x[2], p.x[3]},
        out{p.y[2], p.y[3]},
        taps{p.w[2], p.w[3]},
        stride{p.window.stride[0], p.window.stride[1]},
        spread{p.window.dilation[0] + 1, p.window.dilation[1] + 1},
        before{p.window.padding[0], p.window.padding[1]} {}

  int64_t rows() const { return images * out[0] * out[1]; }
  int64_t width() const { return taps[0] * taps[1] * channels; }
  /// Where the place is that tap t of result i reads along an axis; maybe outside.
  int64_t place(int axis, int64_t i, int64_t t) const {
    return i * stride[axis] + t * spread[axis] - before[axis];
  }
  /// Which result reads place i by tap t; -1: none.
  int64_t result(int axis, int64_t i, int64_t t) const {
    const int64_t at = i - t * spread[axis] + before[axis];
    return at < 0 || at % stride[axis] != 0 || at / stride[axis] >= out[axis] ? -1
                                                                              : at / stride[axis];
  }

  /// Row `row` of them all, from images (N, H, W, C) of `size` bytes a number.
  void unfold(const char* x, int64_t row, int64_t size, char* to) const {
    const int64_t n = row / (out[0] * out[1]), i = row / out[1] % out[0], j = row % out[1];
    const int64_t bytes = channels * size;
    for (int64_t a = 0; a < taps[0]; ++a) {
      const int64_t r = place(0, i, a);
      for (int64_t b = 0; b < taps[1]; ++b, to += bytes) {
        const int64_t c = place(1, j, b);
        if (r < 0 || r >= in[0] || c < 0 || c >= in[1]) {
          std::memset(to, 0, size_t(bytes));
        } else {
          std::memcpy(to, x + ((n * in[0] + r) * in[1] + c) * bytes, size_t(bytes));
        }
      }
    }
  }
  /// sum (C) of what all windows have for place `i` of the images.
  void fold(const float* windows, int64_t i, float* sum) const {
    const int64_t n = i / (in[0] * in[1]), r = i / in[1] % in[0], c = i % in[1];
    std::fill_n(sum, channels, 0.0f);
    for (int64_t a = 0; a < taps[0]; ++a) {
      const int64_t y = result(0, r, a);
      for (int64_t b = 0; y >= 0 && b < taps[1]; ++b) {
        const int64_t x = result(1, c, b);
        if (x < 0) continue;
        const float* from =
            windows + ((n * out[0] + y) * out[1] + x) * width() + (a * taps[1] + b) * channels;
        for (int64_t k = 0; k < channels; ++k) sum[k] += from[k];
      }
    }
  }
};

template <ConvPass kPass> class Unfolded {
 public:
  struct State {
    Pipeline::State line;
    std::vector<void*> buffers;  // of the launch, and the windows
  };

  static Offer offer(const Desc& d) {
    constexpr bool kForward = kPass == ConvPass::forward;
    constexpr uint64_t kTypes = NNR_F32 | NNR_BF16;
    constexpr uint64_t kFirst = kTypes | kAnyLayout, kAs = same_as(0) | kAnyLayout;
    Offer o = kForward ? accept(d, {kFirst, kAs, optional(same_as(0))}, {kAs})
                       : accept(d, {kFirst, kAs}, {kAs});
    if (!refused(o)) o = require_contiguous(std::move(o), d);
    if (refused(o)) return o;
    const ConvProblem p(d, kPass);
    if (p.work() < 1e6) return no("little to convolve");
    const Windows w(p);
    const double numbers = double(w.rows()) * double(w.width());
    if (numbers * size_of(dtype_of_windows(p)) > kMostBytes)
      return no("too much memory for the windows");
    std::string why;
    const std::optional<Pipeline> line = build(d, p, &why);
    if (!line) return no(why);
    const int threads = d.threads();
    const double rate = (p.dtype == DType::float32 ? 0.8 : 1.6) * multiply_adds_per_ns();
    o.est_ns = (p.work() / rate + numbers * 0.15 + p.elements(p.w) * 0.1) / threads + 4000;
    o.workspace_bytes = line->workspace_bytes() + bytes_of_windows(p);
    o.detail = why;
    if (threads > 1) o.flags |= NNR_K_OWN_THREADS;
    return laid_out(std::move(o), d);
  }

  explicit Unfolded(const Desc& d)
      : problem_(d, kPass),
        windows_(problem_),
        operands_(size_t(d.inputs() + d.outputs())),
        threads_(d.threads()),
        line_(built(d, problem_)) {
    const std::vector<std::string> want = laid_out(yes(0), d).layouts;
    for (int i : {0, 1, d.inputs()}) {
      if (d.operand(i).layout() != want[size_t(i)])
        throw Failure(NNR_E_UNSUPPORTED, "layouts that were not offered");
    }
  }

  State bind(void* const* buffer, void* workspace) const {
    State s;
    s.buffers = with_windows(buffer, workspace);
    s.line = line_.bind(s.buffers.data(), workspace);
    return s;
  }
  void rebind(State& s, void* const* buffer, void* workspace) const {
    s.buffers = with_windows(buffer, workspace);
    line_.rebind(s.line, s.buffers.data(), workspace);
  }
  nnr_status run(State& s) const {
    char* windows = static_cast<char*>(s.buffers.back());
    if constexpr (kPass == ConvPass::grad_input) {
      if (const nnr_status status = line_.run(s.line); status != NNR_OK) return status;
      fold(static_cast<const float*>(s.buffers.back()), s.buffers[operands_ - 1]);
      return NNR_OK;
    }
    const char* x = static_cast<const char*>(s.buffers[kPass == ConvPass::forward ? 0 : 1]);
    const int64_t size = size_of(problem_.dtype), row = windows_.width() * size;
    parallel_for(windows_.rows(), grain(row), threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) windows_.unfold(x, i, size, windows + i * row);
    });
    return line_.run(s.line);
  }

 private:
  static Offer laid_out(Offer o, const Desc& d) {
    o = in_layout(std::move(o), d, kChannelsLast, {0, 1, d.inputs()});
    for (size_t i : {0, 1}) {  // weights of a single tap are row-major
      const auto m = described(d.in(int(i)).shape(), memory::data_type::f32, kChannelsLast);
      o.layouts[i] = layout_of(m).value_or(kChannelsLast);
    }
    return o;
  }
  static int64_t grain(int64_t bytes) { return std::max<int64_t>(1, 2 * kGrain / bytes); }
  /// Of the windows: as their gradients are sums, those are float32.
  static DType dtype_of_windows(const ConvProblem& p) {
    return kPass == ConvPass::grad_input ? DType::float32 : p.dtype;
  }
  static uint64_t bytes_of_windows(const ConvProblem& p) {
    const Windows w(p);
    return uint64_t(w.rows()) * uint64_t(w.width()) * uint64_t(size_of(dtype_of_windows(p)));
  }
  std::vector<void*> with_windows(void* const* buffer, void* workspace) const {
    std::vector<void*> all(buffer, buffer + operands_);
    all.push_back(at(workspace, int64_t(line_.workspace_bytes())));
    return all;
  }

  void fold(const float* windows, void* gx) const {
    const int64_t places = windows_.images * windows_.in[0] * windows_.in[1];
    const int64_t c = windows_.channels, size = size_of(problem_.dtype);
    const TileLoop cast = loops().cast(DType::float32, problem_.dtype);
    parallel_for(places, grain(windows_.width()), threads_, [&](int64_t begin, int64_t end) {
      std::vector<float> sum(problem_.dtype == DType::float32 ? 0 : size_t(c));
      for (int64_t i = begin; i < end; ++i) {
        void* to = at(gx, i * c * size);
        if (sum.empty()) {
          windows_.fold(windows, i, static_cast<float*>(to));
          continue;
        }
        windows_.fold(windows, i, sum.data());
        Tile t{};
        t.rows = 1, t.cols = c;
        t.col_step[0] = t.col_step[1] = 1;
        void* p[2] = {sum.data(), to};
        cast(p, t);
      }
    });
  }

  static Pipeline built(const Desc& d, const ConvProblem& p) {
    std::string why;
    std::optional<Pipeline> line = build(d, p, &why);
    if (!line) throw Failure(NNR_E_UNSUPPORTED, why);
    return std::move(*line);
  }
  /// The product, with the windows as the operand after the last. *why: the implementation, or what
  /// is missing.
  static std::optional<Pipeline> build(const Desc& d, const ConvProblem& p, std::string* why) {
    if (p.groups != 1) return *why = "in groups", std::nullopt;
    if (p.dtype != d.in(0).dtype()) return *why = "computed in another dtype", std::nullopt;
    const int last = d.inputs() + d.outputs();
    const Windows w(p);
    const int64_t rows = w.rows(), width = w.width(), results = p.y[1];
    const memory::data_type t = to_dnnl(p.dtype);
    const auto matrix = [](int64_t m, int64_t n, memory::data_type type) {
      return memory::desc({m, n}, type, {n, 1});
    };
    const auto turned = [](int64_t m, int64_t n, memory::data_type type) {
      return memory::desc({n, m}, type, {1, n});  // of a matrix (m, n)
    };
    const memory::desc windows = matrix(rows, width, to_dnnl(dtype_of_windows(p)));
    const ThreadLimit limit(d.threads());
    Pipeline line(d.threads());
    try {
      const auto add = [&](const memory::desc& a, int a_buffer, const memory::desc& b, int b_buffer,
                           const memory::desc& bias, const memory::desc& c, int c_buffer) {
        auto pd = compat::matmul(engine(), a, b, bias, c, user_scratchpad());
        *why = "oneDNN has only " + std::string(pd.impl_info_str());
        if (!skip_reference(pd)) return false;
        *why = pd.impl_info_str();
        std::vector<std::pair<int, Pipeline::Memory>> args = {
            {DNNL_ARG_SRC, line.operand(a, a_buffer)},
            {DNNL_ARG_WEIGHTS, line.operand(b, b_buffer)},
            {DNNL_ARG_DST, line.operand(c, c_buffer)}};
        if (!bias.is_zero()) args.emplace_back(DNNL_ARG_BIAS, line.operand(bias, 2));
        line.add(dnnl::matmul(pd), pd.scratchpad_desc(), std::move(args));
        return true;
      };
      bool good = false;
      switch (kPass) {
        case ConvPass::forward:
          good = add(windows, last, turned(results, width, t), 1,
                     p.bias ? matrix(1, results, t) : memory::desc(), matrix(rows, results, t),
                     d.inputs());
          break;
        case ConvPass::grad_input:
          good = add(matrix(rows, results, t), 0, matrix(results, width, t), 1, memory::desc(),
                     windows, last);
          break;
        case ConvPass::grad_weight:
          good = add(turned(rows, results, t), 0, windows, last, memory::desc(),
                     matrix(results, width, t), d.inputs());
          break;
      }
      if (!good) return std::nullopt;
    } catch (const dnnl::error& e) {
      return *why = e.what(), std::nullopt;
    }
    return line;
  }

  ConvProblem problem_;
  Windows windows_;
  size_t operands_;
  int threads_;
  Pipeline line_;
};

}  // namespace

KernelDef unfolded_kernel(const char* op, ConvPass pass) {
  switch (pass) {
    case ConvPass::forward: return kernel<Unfolded<ConvPass::forward>>(op, "unfolded");
    case ConvPass::grad_input: return kernel<Unfolded<ConvPass::grad_input>>(op, "unfolded");
    default: return kernel<Unfolded<ConvPass::grad_weight>>(op, "unfolded");
  }
}

}  // namespace nnrun::onednn
