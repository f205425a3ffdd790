#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class LayerNorm {
 public:
  static Offer offer(const Desc& d) {
    const uint64_t parameter = optional(same_as(0));
    Offer o = require_contiguous(
        accept(d, {NNR_F32, parameter, parameter}, {same_as(0), same_as(0), same_as(0)}), d);
    if (!refused(o)) o.est_ns = 20 + double(d.in(0).numel()) * 0.5;
    if (!refused(o)) o.inplace.push_back({0, 0});
    return o;
  }
  explicit LayerNorm(const Desc& d)
      : inputs_(d.inputs()),
        row_(loops().row),
        eps_(d.attrs().number("eps")),
        threads_(threads_for(d, 4 * d.in(0).numel())) {
    const Operand x = d.in(0);
    const int trailing = int(d.attrs().integer("normalized_dims"));
    for (int i = x.rank() - trailing; i < x.rank(); ++i) n_ *= x.size(i);
    rows_ = d.out(1).numel();
  }

  void run(void* const* buffer, void*) const {
    const Buffers b(buffer, inputs_);
    const float *x = b.in<float>(0), *weight = b.in<float>(1), *bias = b.in<float>(2);
    float *y = b.out<float>(0), *mean = b.out<float>(1), *rstd = b.out<float>(2);
    const int64_t grain = std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, n_));
    parallel_for(rows_, grain, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        row_.moments(x + i * n_, n_, eps_, mean + i, rstd + i);
        row_.normalize(x + i * n_, mean[i], rstd[i], weight, bias, y + i * n_, n_);
      }
    });
  }

 private:
  int inputs_;
  const RowLoops& row_;
  double eps_;
  int threads_;
  int64_t n_ = 1, rows_;
};

}  // namespace

std::vector<KernelDef> kernel_layer_norm() { return {kernel<LayerNorm>("layer_norm", "simd")}; }

}  // namespace nnrun::onednn
