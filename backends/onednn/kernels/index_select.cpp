#include "backends/onednn/indices.h"

namespace nnrun::onednn {
namespace {

/// A copy of one slice of dim per index.
class IndexSelect {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kAllDTypes, NNR_I64}, {same_as(0)});
    if (refused(o)) return o;
    if (d.in(0).rank() == 0) return no("rank 0");
    o.est_ns = 12 + 4 * double(d.in(1).numel()) + 0.15 * double(d.out(0).numel());
    return o;
  }
  explicit IndexSelect(const Desc& d)
      : loop_(loops().copy(size_of(d.in(0).dtype()))),
        slice_(slice(d), {size_of(d.in(0).dtype()), size_of(d.in(0).dtype())}, 1),
        indices_(d, d.in(1), d.in(0)),
        n_(d.in(1).numel()),
        index_step_(d.in(1).rank() == 0 ? 0 : d.in(1).stride(0)),
        threads_(threads_for(d, d.out(0).numel())) {
    const int dim = dim_of(d, "dim", d.in(0).rank());
    const int bytes = size_of(d.in(0).dtype());
    from_bytes_ = d.in(0).stride(dim) * bytes;
    to_bytes_ = d.out(0).stride(dim) * bytes;
    grain_ = std::max<int64_t>(1, kGrain * n_ / std::max<int64_t>(1, d.out(0).numel()));
  }

  void run(void* const* buffer, void*) const {
    const int64_t* index = static_cast<const int64_t*>(buffer[1]);
    indices_.check(index);
    parallel_for(n_, grain_, threads_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        void* const p[] = {at(buffer[0], index[i * index_step_] * from_bytes_),
                           at(buffer[2], i * to_bytes_)};
        slice_.run(p, loop_);
      }
    });
  }

 private:
  static Walk<2> slice(const Desc& d) {
    const int dim = dim_of(d, "dim", d.in(0).rank());
    std::vector<int64_t> sizes = d.out(0).shape();
    sizes[size_t(dim)] = 1;
    return Walk<2>(sizes, {d.in(0).strides(), d.out(0).strides()});
  }

  TileLoop loop_;
  Tiles<2> slice_;
  Indices indices_;
  int64_t n_, index_step_, from_bytes_ = 0, to_bytes_ = 0, grain_ = 1;
  int threads_;
};

}  // namespace

std::vector<KernelDef> kernel_index_select() {
  return {kernel<IndexSelect>("index_select", "copy")};
}

}  // namespace nnrun::onednn
