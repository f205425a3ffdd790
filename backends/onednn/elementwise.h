// Elementwise kernels: strided operands that broadcast, one loop of simd/ per op and dtype.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// K gives `static TileLoop loop(const Desc&)` (null: not for these dtypes), kIn, kKeepsZero (0
/// from zeros) and, in ns per element, kCost.
template <class K> class Elementwise {
 public:
  static Offer offer(const Desc& d) {
    Offer o = K::accepts(d);
    if (refused(o)) return o;
    if (K::loop(d) == nullptr) return no(std::string("not for ") + name_of(d.in(0).dtype()));
    const SideBySide s(d, K::kKeepsZero);
    if (!s.why_not.empty()) return no(s.why_not);
    o.est_ns = 8 + double(d.out(0).numel()) * K::kCost;
    return s.give(elementwise_inplace(std::move(o), d), d);
  }
  explicit Elementwise(const Desc& d) : loop_(K::loop(d)), tiles_(tiles(d)) {}

  void run(void* const* buffer, void*) const { tiles_.run(buffer, loop_); }

 private:
  static constexpr int kAll = K::kIn + 1;
  static Tiles<kAll> tiles(const Desc& d) {
    const SideBySide s(d, K::kKeepsZero);
    if (s.layout.empty()) return Tiles<kAll>(d, d.out(0), operands(d));
    std::array<std::vector<int64_t>, kAll> steps;
    std::array<int, kAll> bytes;
    for (int i = 0; i < kAll; ++i) {
      steps[size_t(i)] = {i < K::kIn && s.scalar[size_t(i)] ? 0 : 1};
      bytes[size_t(i)] = size_of(d.operand(i).dtype());
    }
    return Tiles<kAll>(Walk<kAll>({s.numbers}, steps), bytes, threads_for(d, s.numbers));
  }
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

constexpr bool keeps_zero(UnaryOp op) {
  switch (op) {
    case UnaryOp::exp:
    case UnaryOp::log:
    case UnaryOp::rsqrt:
    case UnaryOp::cos:
    case UnaryOp::sigmoid:
    case UnaryOp::isfinite:
    case UnaryOp::logical_not: return false;
    default: return true;
  }
}
constexpr bool keeps_zero(BinaryOp op) {
  switch (op) {
    case BinaryOp::div:
    case BinaryOp::pow:
    case BinaryOp::eq:
    case BinaryOp::le:
    case BinaryOp::ge: return false;
    default: return true;
  }
}
constexpr bool is_predicate(UnaryOp op) {
  return op == UnaryOp::isfinite || op == UnaryOp::logical_not;
}
constexpr bool is_predicate(BinaryOp op) {
  return op >= BinaryOp::eq && op <= BinaryOp::logical_or;
}

template <UnaryOp kOp> struct UnaryOf {
  static constexpr int kIn = 1;
  static constexpr bool kKeepsZero = keeps_zero(kOp);
  static constexpr double kCost = kOp >= UnaryOp::exp && kOp <= UnaryOp::erf ? 0.4 : 0.1;
  static Offer accepts(const Desc& d) {
    return accept(d, {kAllDTypes | kAnyLayout},
                  {(is_predicate(kOp) ? kBool : same_as(0)) | kAnyLayout});
  }
  static TileLoop loop(const Desc& d) { return loops().unary(kOp, d.in(0).dtype()); }
};
template <BinaryOp kOp> struct BinaryOf {
  static constexpr int kIn = 2;
  static constexpr bool kKeepsZero = keeps_zero(kOp);
  static constexpr double kCost = kOp == BinaryOp::pow ? 5 : 0.15;
  static Offer accepts(const Desc& d) {
    return accept(d, {kAllDTypes | kAnyLayout, same_as(0) | kAnyLayout},
                  {(is_predicate(kOp) ? kBool : same_as(0)) | kAnyLayout});
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
