#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {
namespace {

struct Where {
  static constexpr int kIn = 3;
  static constexpr bool kKeepsZero = true;
  static constexpr double kCost = 0.15;
  static Offer accepts(const Desc& d) {
    return accept(d, {kBool, kAllDTypes, same_as(1)}, {same_as(1)});
  }
  static TileLoop loop(const Desc& d) { return loops().where(size_of(d.in(1).dtype())); }
};

}  // namespace

std::vector<KernelDef> kernel_where() { return {kernel<Elementwise<Where>>("where", "simd")}; }

}  // namespace nnrun::onednn
