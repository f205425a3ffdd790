// Elementwise kernels: any strides, broadcasting, every dtype; f computes in the compute type.
#pragma once

#include <array>
#include <type_traits>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

using namespace nnrun::sdk;

/// y = f(x0, ...) where f is a generic callable on the compute type of the operands' dtype. The
/// result is converted to the output's dtype. `dtypes`: of the operands.
template <int N, class F> class Elementwise {
 public:
  static inline uint64_t dtypes = kFloats;

  static Offer offer(const Desc& d) {
    for (int i = 0; i < N; ++i) {
      if (d.in(i).dtype() != d.in(0).dtype()) return no("operands of different dtypes");
    }
    if (!(mask_of(d.in(0).dtype()) & dtypes)) {
      return no(std::string("not for ") + name_of(d.in(0).dtype()));
    }
    Offer o = yes();
    o.flags |= NNR_K_REFERENCE;
    for (uint32_t i = 0; i < N; ++i) o.inplace.push_back({i, 0});
    return o;
  }
  explicit Elementwise(const Desc& d)
      : in_(d.in(0).dtype()), out_(d.out(0).dtype()), walk_(d.out(0), operands(d)) {}

  void run(void* const* buffer, void*) const {
    visit(in_, [&](auto in_tag) {
      using In = typename decltype(in_tag)::type;
      visit(out_, [&](auto out_tag) {
        using Out = typename decltype(out_tag)::type;
        loop<In, Out>(buffer, std::make_integer_sequence<int, N>{});
      });
    });
  }

 private:
  static std::array<Operand, N + 1> operands(const Desc& d) {
    if constexpr (N == 1) return {d.in(0), d.out(0)};
    else if constexpr (N == 2) return {d.in(0), d.in(1), d.out(0)};
    else return {d.in(0), d.in(1), d.in(2), d.out(0)};
  }
  template <class In, class Out, int... I>
  void loop(void* const* buffer, std::integer_sequence<int, I...>) const {
    using C = compute_t<In>;
    walk_.for_rows(0, walk_.numel, [&](const auto& at, int64_t n, const auto& step) {
      for (int64_t k = 0; k < n; ++k) {
        static_cast<Out*>(buffer[N])[at[N] + k * step[N]] = static_cast<Out>(static_cast<compute_t<Out>>(
            F{}(static_cast<C>(static_cast<const In*>(buffer[I])[at[I] + k * step[I]])...)));
      }
    });
  }
  DType in_, out_;
  Walk<N + 1> walk_;
};

/// The kernel of an elementwise op for these operand dtypes.
template <int N, class F> std::vector<KernelDef> elementwise(const char* op, uint64_t dtypes, F) {
  Elementwise<N, F>::dtypes = dtypes;
  return {kernel<Elementwise<N, F>>(op, "loop")};
}

}  // namespace nnrun::reference
