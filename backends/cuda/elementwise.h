// Elementwise ops given as one expression over x0, x1, ..: wide values of the operands, whose names
// device/math.cuh explains.
#pragma once

#include <algorithm>
#include <cstddef>

#include "backends/cuda/rules.h"

namespace nnrun::cuda {

/// Text as a template argument.
template <size_t N> struct Text {
  char chars[N];
  constexpr Text(const char (&s)[N]) { std::copy_n(s, N, chars); }
};

enum class Result { same, truth };

/// y = kExpr of N operands of one dtype in kDTypes; y has that dtype, or is bool.
template <size_t N, uint64_t kDTypes, Text kExpr, Result kResult> struct Elementwise {
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(N, same_as(0));
    dtypes[0] = kDTypes;
    dtypes.push_back(kResult == Result::truth ? uint64_t(NNR_B8) : same_as(0));
    return elementwise_inplace(accept(d, dtypes), d);
  }
  static Map map(const Desc& d) {
    Map m;
    m.shape = d.out(0).shape();
    for (size_t i = 0; i < N; ++i) m.in.push_back(operand_over(d, int(i), m.shape));
    m.out = {operand_over(d, int(N), m.shape)};
    m.body =
        std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; y0 = " + kExpr.chars + ";";
    return m;
  }
};

template <size_t N, uint64_t kDTypes, Text kExpr, Result kResult = Result::same>
std::vector<KernelDef> elementwise(const char* op) {
  return map_op<Elementwise<N, kDTypes, kExpr, kResult>>(op);
}

}  // namespace nnrun::cuda
