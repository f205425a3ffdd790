#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class DynamicSlice {
 public:
  static Offer offer(const Desc& d) {
    Offer o = accept(d, {kAllDTypes, NNR_I64}, {same_as(0)});
    o.est_ns = 12 + 0.1 * double(d.out(0).numel());
    return o;
  }
  explicit DynamicSlice(const Desc& d)
      : loop_(loops().copy(size_of(d.in(0).dtype()))),
        tiles_(Walk<2>(d.out(0).shape(), {d.in(0).strides(), d.out(0).strides()}),
               {size_of(d.in(0).dtype()), size_of(d.in(0).dtype())},
               threads_for(d, d.out(0).numel())),
        last_(d.in(0).size(0) - d.out(0).size(0)),
        row_bytes_(d.in(0).stride(0) * size_of(d.in(0).dtype())) {}

  void run(void* const* buffer, void*) const {
    const int64_t start = std::clamp<int64_t>(*static_cast<const int64_t*>(buffer[1]), 0, last_);
    void* const p[] = {at(buffer[0], start * row_bytes_), buffer[2]};
    tiles_.run(p, loop_);
  }

 private:
  TileLoop loop_;
  Tiles<2> tiles_;
  int64_t last_, row_bytes_;
};

}  // namespace

std::vector<KernelDef> kernel_dynamic_slice() {
  return {kernel<DynamicSlice>("dynamic_slice", "copy")};
}

}  // namespace nnrun::onednn
