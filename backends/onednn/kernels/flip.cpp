#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

/// A copy that reads some dims backwards.
class Flip {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kAllDTypes}, {same_as(0)});
    o.est_ns = 12 + 0.5 * double(d.out(0).numel());
    return o;
  }
  explicit Flip(const Desc& d)
      : loop_(loops().copy(size_of(d.in(0).dtype()))), tiles_(tiles(d, &offset_)) {}

  void run(void* const* buffer, void*) const {
    void* const p[] = {at(buffer[0], offset_), buffer[1]};
    tiles_.run(p, loop_);
  }

 private:
  static Tiles<2> tiles(const Desc& d, int64_t* offset) {
    const Operand x = d.in(0);
    const int bytes = size_of(x.dtype());
    std::vector<int64_t> strides = x.strides();
    *offset = 0;
    for (int64_t i : d.attrs().integers("dims")) {
      const int dim = int(i < 0 ? i + x.rank() : i);
      if (x.rank() == 0 || x.size(dim) == 0) continue;
      *offset += (x.size(dim) - 1) * x.stride(dim) * bytes;
      strides[size_t(dim)] = -x.stride(dim);
    }
    return Tiles<2>(Walk<2>(x.shape(), {strides, d.out(0).strides()}), {bytes, bytes},
                    threads_for(d, x.numel()));
  }

  TileLoop loop_;
  int64_t offset_ = 0;
  Tiles<2> tiles_;
};

}  // namespace

std::vector<KernelDef> kernel_flip() { return {kernel<Flip>("flip", "copy")}; }

}  // namespace nnrun::onednn
