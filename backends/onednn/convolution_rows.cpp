// conv2d of images that lie row-major, with the results of a row in a vector: for a few images of a
// few channels, where blocks of either would be mostly padding. An image is copied first, with
// zeros around it: taps reach beyond its edges, and the last vector of a row beyond that row.
#include "backends/onednn/convolution.h"
#include "backends/onednn/epilogue.h"
#include "backends/onednn/layout.h"

namespace nnrun::onednn {
namespace {

class Rows {
 public:
  static Offer offer(const Desc& d) { return offer(Fused(d)); }
  static Offer offer(const Fused& f) {
    const Desc d = f.anchor();
    if (d.op() != "conv2d") return no("another op");
    Offer o =
        require_contiguous(accept(d, {NNR_F32, same_as(0), optional(same_as(0))}, {same_as(0)}), d);
    if (refused(o)) return o;
    const ConvProblem p(d, ConvPass::forward);
    if (p.groups != 1) return no("in groups");
    if (p.window.stride[1] != 1) return no("results of a row are not side by side");
    if (p.work() == 0) return no("nothing to convolve");
    const Shape s(p);
    const double vectors = double(s.vectors.size()) * double(p.x[0]) * double(p.y[1]);
    const double each = has_avx512() ? 0.25 : 0.2;  // ns a multiply-add of vectors
    const double results = double(p.y[0] * p.y[1] * s.out[0] * s.out[1]);
    o.est_ns = 100 + double(p.x[0] * s.copied()) * 0.1 +
               (vectors * (double(s.taps.size()) * each + 2) + results * 0.05) / threads(d, p);
    o.workspace_bytes = uint64_t(p.x[0] * s.copied()) * sizeof(float);
    return Epilogue::offer(std::move(o), f);
  }
  explicit Rows(const Desc& d) : Rows(Fused(d)) {}
  explicit Rows(const Fused& f)
      : problem_(f.anchor(), ConvPass::forward),
        shape_(problem_),
        loops_(loops().conv_rows),
        threads_(threads(f.anchor(), problem_)),
        inputs_(f.whole().inputs()),
        x_(f.buffer(0)),
        w_(f.buffer(1)),
        bias_(f.anchor().in(2) ? f.buffer(2) : -1),
        epilogue_(f) {}

  void run(void* const* buffer, void* workspace) const {
    const Buffers b(buffer, inputs_);
    const int64_t images = problem_.x[0], out = problem_.y[1], image = shape_.copied();
    float* x = static_cast<float*>(workspace);
    parallel_for(images, std::max<int64_t>(1, kGrain / image), threads_,
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i)
                     shape_.copy(b.in<float>(x_), i, x + i * image);
                 });
    const ConvRows c = {int64_t(shape_.taps.size()), shape_.taps.data(),
                        int64_t(shape_.vectors.size()), shape_.vectors.data(),
                        shape_.out[0] * shape_.out[1]};
    const int64_t blocks = (out + loops_.channels - 1) / loops_.channels;
    parallel_for(images * blocks, 1, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = i % blocks * loops_.channels;
        const int64_t n = std::min<int64_t>(loops_.channels, out - first);
        const int64_t place = (i / blocks * out + first) * c.y_plane;
        loops_.correlate(c, n, x + i / blocks * image, b.in<float>(w_) + first * c.taps,
                         bias_ < 0 ? nullptr : b.in<float>(bias_) + first, b.out<float>(0) + place);
        epilogue_.run(buffer, place / shape_.out[1], 0, n * shape_.out[0], shape_.out[1]);
      }
    });
  }

 private:
  struct Shape {
    int64_t channels, in[2], out[2], before[2];
    int64_t rows, row;                // of a copied plane, and places in one
    std::vector<int64_t> taps;        // (C, KH, KW): where each lies from a result's first one
    std::vector<ConvVector> vectors;  // of the results of a channel

    explicit Shape(const ConvProblem& p)
        : channels(p.x[1]),
          in{p.x[2], p.x[3]},
          out{p.y[2], p.y[3]},
          before{p.window.padding[0], p.window.padding[1]} {
      const int64_t spread[2] = {p.window.dilation[0] + 1, p.window.dilation[1] + 1};
      const int64_t stride = p.window.stride[0], kernel[2] = {p.w[2], p.w[3]};
      rows = std::max(in[0] + before[0], (out[0] - 1) * stride + (kernel[0] - 1) * spread[0] + 1);
      row = std::max(in[1] + before[1], out[1] + (kernel[1] - 1) * spread[1]);
      for (int64_t k = 0; k < channels; ++k) {
        for (int64_t a = 0; a < kernel[0]; ++a) {
          for (int64_t b = 0; b < kernel[1]; ++b)
            taps.push_back((k * rows + a * spread[0]) * row + b * spread[1]);
        }
      }
      const int64_t lanes = loops().conv_rows.lanes;
      for (int64_t r = 0; r < out[0]; ++r) {
        for (int64_t c = 0; c < out[1]; c += lanes) {
          vectors.push_back({r * stride * row + c, r * out[1] + c, std::min(lanes, out[1] - c)});
        }
      }
    }
    /// Numbers of a copied image. The last vector of a row reaches beyond it: there is always a
    /// copy.
    int64_t copied() const { return channels * rows * row + loops().conv_rows.lanes; }
    void copy(const float* x, int64_t image, float* to) const {
      x += image * channels * in[0] * in[1];
      float* const end = to + copied();
      for (int64_t k = 0; k < channels; ++k) {
        to = std::fill_n(to, before[0] * row, 0.f);
        for (int64_t r = 0; r < in[0]; ++r, x += in[1]) {
          to = std::fill_n(to, before[1], 0.f);
          to = std::copy_n(x, in[1], to);
          to = std::fill_n(to, row - before[1] - in[1], 0.f);
        }
        to = std::fill_n(to, (rows - before[0] - in[0]) * row, 0.f);
      }
      std::fill(to, end, 0.f);
    }
  };

  static int threads(const Desc& d, const ConvProblem& p) {
    return p.work() < 256e3 ? 1 : d.threads();
  }

  ConvProblem problem_;
  Shape shape_;
  ConvRowLoops loops_;
  int threads_, inputs_, x_, w_, bias_;
  Epilogue epilogue_;
};

}  // namespace

KernelDef rows_kernel(const char* op) {
  return std::string_view(op) == "group" ? fused_kernel<Rows>("rows") : kernel<Rows>(op, "rows");
}

}  // namespace nnrun::onednn
