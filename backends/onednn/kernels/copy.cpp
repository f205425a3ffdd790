#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {
namespace {

struct Copy {
  static constexpr int kIn = 1;
  static constexpr bool kKeepsZero = true;
  static constexpr double kCost = 0.1;
  static Offer accepts(const Desc& d) { return accept(d, {kAllDTypes}, {same_as(0)}); }
  static TileLoop loop(const Desc& d) { return loops().copy(size_of(d.in(0).dtype())); }
};

}  // namespace

std::vector<KernelDef> kernel_copy() { return {kernel<Elementwise<Copy>>("copy", "simd")}; }

}  // namespace nnrun::onednn
