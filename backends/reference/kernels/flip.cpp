#include "backends/reference/move.h"

namespace nnrun::reference {
namespace {

class Flip {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, same_as(0)}); }
  explicit Flip(const Desc& d) : move_(flipped(d)) {}

  void run(void* const* buffer, void*) const { move_.run(buffer[0], buffer[1]); }

 private:
  static Move flipped(const Desc& d) {
    const Operand x = d.in(0);
    std::vector<int64_t> strides = d.out(0).strides();
    int64_t base = 0;
    for (int64_t dim : d.attrs().integers("dims")) {
      if (x.numel() == 0 || x.rank() == 0) break;
      const size_t i = size_t(dim < 0 ? dim + x.rank() : dim);
      base += (x.size(int(i)) - 1) * strides[i];
      strides[i] = -strides[i];
    }
    return Move(x, strides, base);
  }
  Move move_;
};

}  // namespace

std::vector<KernelDef> kernel_flip() { return loop<Flip>("flip"); }

}  // namespace nnrun::reference
