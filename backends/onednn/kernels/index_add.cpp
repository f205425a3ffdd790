#include "backends/onednn/indices.h"

namespace nnrun::onednn {
namespace {

/// A copy of x, to whose slices those of src are added in the order of the indices.
class IndexAdd {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kNumbers, NNR_I64, same_as(0)}, {same_as(0)});
    if (refused(o)) return o;
    if (d.in(0).rank() == 0) return no("rank 0");
    o.est_ns = 15 + 5 * double(d.in(1).numel()) + 0.3 * double(d.in(2).numel()) +
               0.1 * double(d.out(0).numel());
    return o;
  }
  explicit IndexAdd(const Desc& d)
      : bytes_(size_of(d.in(0).dtype())),
        copy_(loops().copy(bytes_)),
        add_(loops().binary(BinaryOp::add, d.in(0).dtype())),
        whole_(Walk<2>(d.out(0).shape(), {d.in(0).strides(), d.out(0).strides()}), {bytes_, bytes_},
               threads_for(d, d.out(0).numel())),
        slice_(slice(d), {bytes_, bytes_, bytes_}, 1),
        indices_(d, d.in(1), d.in(0)),
        n_(d.in(1).numel()),
        index_step_(d.in(1).rank() == 0 ? 0 : d.in(1).stride(0)) {
    const int dim = dim_of(d, "dim", d.in(0).rank());
    from_bytes_ = d.in(2).stride(dim) * bytes_;
    to_bytes_ = d.out(0).stride(dim) * bytes_;
  }

  void run(void* const* buffer, void*) const {
    const int64_t* index = static_cast<const int64_t*>(buffer[1]);
    indices_.check(index);
    void* const xy[] = {buffer[0], buffer[3]};
    whole_.run(xy, copy_);
    for (int64_t i = 0; i < n_; ++i) {
      void* const to = at(buffer[3], index[i * index_step_] * to_bytes_);
      void* const p[] = {to, at(buffer[2], i * from_bytes_), to};
      slice_.run(p, add_);
    }
  }

 private:
  static Walk<3> slice(const Desc& d) {
    const int dim = dim_of(d, "dim", d.in(0).rank());
    std::vector<int64_t> sizes = d.out(0).shape();
    sizes[size_t(dim)] = 1;
    return Walk<3>(sizes, {d.out(0).strides(), d.in(2).strides(), d.out(0).strides()});
  }

  int bytes_;
  TileLoop copy_, add_;
  Tiles<2> whole_;
  Tiles<3> slice_;
  Indices indices_;
  int64_t n_, index_step_, from_bytes_ = 0, to_bytes_ = 0;
};

}  // namespace

std::vector<KernelDef> kernel_index_add() { return {kernel<IndexAdd>("index_add", "simd")}; }

}  // namespace nnrun::onednn
