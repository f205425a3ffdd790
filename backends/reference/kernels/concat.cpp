#include "backends/reference/move.h"

namespace nnrun::reference {
namespace {

class Concat {
 public:
  static Offer offer(const Desc& d) {
    if (d.inputs() == 0) return no("no operands");
    return accept_all(d, kAllDTypes);
  }
  explicit Concat(const Desc& d) {
    const Operand y = d.out(0);
    const int dim = dim_of(d, y.rank());
    int64_t base = 0;
    for (int i = 0; i < d.inputs(); ++i) {
      parts_.emplace_back(d.in(i), y.strides(), base);
      base += d.in(i).size(dim) * y.stride(dim);
    }
  }

  void run(void* const* buffer, void*) const {
    for (size_t i = 0; i < parts_.size(); ++i) parts_[i].run(buffer[i], buffer[parts_.size()]);
  }

 private:
  std::vector<Move> parts_;
};

}  // namespace

std::vector<KernelDef> kernel_concat() { return loop<Concat>("concat"); }

}  // namespace nnrun::reference
