#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {
namespace {

struct Cast {
  static constexpr int kIn = 1;
  static constexpr bool kKeepsZero = true;
  static constexpr double kCost = 0.15;
  static Offer accepts(const Desc& d) {
    return accept(d, {kAllDTypes | kAnyLayout}, {kAllDTypes | kAnyLayout});
  }
  static TileLoop loop(const Desc& d) { return loops().cast(d.in(0).dtype(), d.out(0).dtype()); }
};

}  // namespace

std::vector<KernelDef> kernel_cast() { return {kernel<Elementwise<Cast>>("cast", "simd")}; }

}  // namespace nnrun::onednn
