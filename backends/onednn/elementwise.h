// Elementwise kernels: strided operands that broadcast, one loop of simd/ per op and dtype.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// K gives `static TileLoop loop(const Desc&)` (null: not for these dtypes), kIn and, in ns per
/// element, kCost.
template <class K> class Elementwise {
 public:
  static Offer offer(const Desc& d) {
    Offer o = K::accepts(d);
    if (refused(o)) return o;
    if (K::loop(d) == nullptr) return no(std::string("not for ") + name_of(d.in(0).dtype()));
    o.est_ns = 8 + double(d.out(0).numel()) * K::kCost;
    return elementwise_inplace(std::move(o), d);
  }
  explicit Elementwise(const Desc& d) : loop_(K::loop(d)), tiles_(d, d.out(0), operands(d)) {}

  void run(void* const* buffer, void*) const { tiles_.run(buffer, loop_); }

 private:
  static constexpr int kAll = K::kIn + 1;
  static std::array<Operand, kAll> operands(const Desc& d) {
    if constexpr (K::kIn == 1) {
      return {d.in(0), d.out(0)};
    } else if constexpr (K::kIn == 2) {
      return {d.in(0), d.in(1), d.out(0)};
    } else {
      return {d.in(0), d.in(1), d.in(2), d.out(0)};
    }
  }
  TileLoop loop_;
  Tiles<kAll> tiles_;
};

constexpr bool is_predicate(UnaryOp op) {
  return op == UnaryOp::isfinite || op == UnaryOp::logical_not;
}
constexpr bool is_predicate(BinaryOp op) {
  return op >= BinaryOp::eq && op <= BinaryOp::logical_or;
}

template <UnaryOp kOp> struct UnaryOf {
  static constexpr int kIn = 1;
  static constexpr double kCost = kOp >= UnaryOp::exp && kOp <= UnaryOp::erf ? 0.4 : 0.1;
  static Offer accepts(const Desc& d) {
    return accept(d, {kAllDTypes}, {is_predicate(kOp) ? kBool : same_as(0)});
  }
  static TileLoop loop(const Desc& d) { return loops().unary(kOp, d.in(0).dtype()); }
};
template <BinaryOp kOp> struct BinaryOf {
  static constexpr int kIn = 2;
  static constexpr double kCost = kOp == BinaryOp::pow ? 5 : 0.15;
  static Offer accepts(const Desc& d) {
    return accept(d, {kAllDTypes, same_as(0)}, {is_predicate(kOp) ? kBool : same_as(0)});
  }
  static TileLoop loop(const Desc& d) { return loops().binary(kOp, d.in(0).dtype()); }
};

template <UnaryOp kOp> std::vector<KernelDef> unary(const char* op) {
  return {kernel<Elementwise<UnaryOf<kOp>>>(op, "simd")};
}
template <BinaryOp kOp> std::vector<KernelDef> binary(const char* op) {
  return {kernel<Elementwise<BinaryOf<kOp>>>(op, "simd")};
}

}  // namespace nnrun::onednn
