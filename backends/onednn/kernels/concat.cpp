#include "backends/onednn/kernels.h"

namespace nnrun::onednn {
namespace {

class Concat {
 public:
  static Offer offer(const Desc& d) {
    for (int i = 0; i < d.inputs() + d.outputs(); ++i) {
      const Operand x = d.operand(i);
      if (!x || x.desc().layout.len != 0) return no("an operand is absent or in another layout");
    }
    return yes(15 + 5 * d.inputs() + 0.1 * double(d.out(0).numel()));
  }
  explicit Concat(const Desc& d) : loop_(loops().copy(size_of(d.out(0).dtype()))) {
    const Operand y = d.out(0);
    const int bytes = size_of(y.dtype()), dim = dim_of(d, "dim", y.rank());
    int64_t start = 0;
    for (int i = 0; i < d.inputs(); ++i) {
      const Operand x = d.in(i);
      const Walk<2> walk(x.shape(), {x.strides(), y.strides()});
      parts_.push_back({start * y.stride(dim) * bytes,
                        Tiles<2>(walk, {bytes, bytes}, threads_for(d, x.numel()))});
      start += x.size(dim);
    }
  }

  void run(void* const* buffer, void*) const {
    for (size_t i = 0; i < parts_.size(); ++i) {
      void* const p[] = {buffer[i], at(buffer[parts_.size()], parts_[i].offset)};
      parts_[i].tiles.run(p, loop_);
    }
  }

 private:
  struct Part {
    int64_t offset;  // in the result, in bytes
    Tiles<2> tiles;
  };
  TileLoop loop_;
  std::vector<Part> parts_;
};

}  // namespace

std::vector<KernelDef> kernel_concat() { return {kernel<Concat>("concat", "copy")}; }

}  // namespace nnrun::onednn
