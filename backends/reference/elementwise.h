// Elementwise kernels of one formula: any strides, broadcasting, operands of one dtype.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// y = F{}(x0, ...) on wide values of the operands' dtype, one of kDTypes. y is bool where F's
/// result is, else of the operands' dtype.
template <int N, uint64_t kDTypes, class F> class Elementwise {
 public:
  static Offer offer(const Desc& d) {
    if constexpr (N == 1)
      return elementwise_inplace(accept(d, {kDTypes, kResult}), d);
    else
      return elementwise_inplace(accept(d, {kDTypes, same_as(0), kResult}), d);
  }
  explicit Elementwise(const Desc& d) : dtype_(d.in(0).dtype()), walk_(d.out(0), operands(d)) {}

  void run(void* const* buffer, void*) const {
    visit<kDTypes>(dtype_, [&](auto tag) {
      loop<typename decltype(tag)::type>(buffer, std::make_index_sequence<size_t(N)>{});
    });
  }

 private:
  static_assert(N == 1 || N == 2);
  template <class T> using result_t =
      typename std::conditional_t<N == 1, std::invoke_result<F, T>,
                                  std::invoke_result<F, T, T>>::type;
  static constexpr bool kPredicate =
      std::is_same_v<result_t<std::conditional_t<(kDTypes & kBool) != 0, bool, double>>, bool>;
  static constexpr uint64_t kResult = kPredicate ? kBool : same_as(0);

  static std::array<Operand, size_t(N) + 1> operands(const Desc& d) {
    if constexpr (N == 1)
      return {d.in(0), d.out(0)};
    else
      return {d.in(0), d.in(1), d.out(0)};
  }
  template <class T, size_t... I> void loop(void* const* buffer, std::index_sequence<I...>) const {
    using Y = std::conditional_t<kPredicate, bool, T>;
    Y* y = static_cast<Y*>(buffer[N]);
    walk_.for_each([&](const auto& at) {
      y[at[size_t(N)]] = convert<Y>(F{}(load(static_cast<const T*>(buffer[I]), at[I])...));
    });
  }

  DType dtype_;
  Walk<N + 1> walk_;
};

/// The kernel of an elementwise op of N operands. f: without captures.
template <int N, uint64_t kDTypes, class F> std::vector<KernelDef> elementwise(const char* op, F) {
  return loop<Elementwise<N, kDTypes, F>>(op);
}

}  // namespace nnrun::reference
