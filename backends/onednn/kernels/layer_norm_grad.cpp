#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

/// gy, x, [weight], mean, rstd -> gx, gweight, gbias. A piece of rows at a time, whose parts of the
/// parameters' gradients are added up in order afterwards.
class LayerNormGrad {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t f = same_as(0);
    Offer o = require_contiguous(accept(d, {NNR_F32, f, optional(f), f, f}, {f, f, f}), d);
    if (refused(o)) return o;
    o.est_ns = 30 + double(d.in(0).numel());
    o.workspace_bytes = uint64_t(pieces(d) * 2 * d.out(1).numel()) * sizeof(float);
    return o;
  }
  explicit LayerNormGrad(const Desc& d)
      : row_(loops().row),
        rows_(d.in(3).numel()),
        n_(d.out(1).numel()),
        pieces_(pieces(d)),
        threads_(threads_for(d, 4 * d.in(0).numel())) {}

  void run(void* const* buffer, void* workspace) const {
    const auto in = [&](int i) { return static_cast<const float*>(buffer[i]); };
    const auto out = [&](int i) { return static_cast<float*>(buffer[i]); };
    float* partial = static_cast<float*>(workspace);
    parallel_for(rows_, kPiece, threads_, [&](int64_t begin, int64_t end) {
      float* gweight = partial + begin / kPiece * 2 * n_;
      std::fill(gweight, gweight + 2 * n_, 0.f);
      for (int64_t i = begin; i < end; ++i) {
        row_.normalize_grad(in(0) + i * n_, in(1) + i * n_, in(3)[i], in(4)[i], in(2),
                            out(5) + i * n_, gweight, gweight + n_, n_);
      }
    });
    for (int64_t j = 0; j < n_; ++j) {
      double gw = 0, gb = 0;
      for (int64_t i = 0; i < pieces_; ++i) {
        gw += partial[2 * i * n_ + j];
        gb += partial[(2 * i + 1) * n_ + j];
      }
      out(6)[j] = float(gw);
      out(7)[j] = float(gb);
    }
  }

 private:
  static constexpr int64_t kPiece = 32;  // rows
  static int64_t pieces(const Desc& d) { return (d.in(3).numel() + kPiece - 1) / kPiece; }

  const RowLoops& row_;
  int64_t rows_, n_, pieces_;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_layer_norm_grad() {
  return {kernel<LayerNormGrad>("layer_norm_grad", "simd")};
}

}  // namespace nnrun::onednn
