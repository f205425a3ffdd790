// The CUDA backend beside the reference backend.
#pragma once

#include <cmath>
#include <random>

#include "tests/backends/reference.h"

namespace nnrun::test {

inline const Library& cuda() {
  static const Library* library = new Library(NNRUN_MODULE_DIR "/nnrun-backend-cuda.so");
  return *library;
}

inline const std::vector<DType> kEveryFloat = {kF32, kF64, kBF16, kF16};
inline const std::vector<DType> kEveryNumber = {kF32, kF64, kBF16, kF16, kI32, kI64, kU8};
inline const std::vector<DType> kEvery = {kF32, kF64, kBF16, kF16, kI32, kI64, kU8, kBool};

inline Tensor drawn(DType t, const Ints& shape, double lo = -2, double hi = 2, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  Numbers v;
  int64_t n = 1;
  for (int64_t s : shape) n *= s;
  if (t == kU8) lo = std::max(lo, 0.0);
  for (int64_t i = 0; i < n; ++i) {
    v.push_back(std::uniform_real_distribution<double>(lo, hi)(random));
    if (!sdk::is_float(t)) v.back() = t == kBool ? double(random() & 1) : std::round(v.back());
  }
  return Tensor(t, shape, v);
}

inline double tolerance_of(DType t) {
  switch (t) {
    case kF32: return 2e-5;
    case kF64: return 1e-11;
    case kBF16: return 3e-2;
    case kF16: return 4e-3;
    default: return 0;
  }
}

/// Every way the CUDA backend offers gives the reference's values; there is one at least.
inline void expect_agreement(const std::string& op, const std::vector<std::optional<Tensor>>& in,
                             const std::vector<Out>& out, const AttrMap& attrs = {}) {
  SCOPED_TRACE(op + " in " + name_of(out[0].dtype));
  const Offered offered = cuda().offer(op, in, out, attrs);
  EXPECT_FALSE(offered.ways.empty()) << offered.why_not;
  const std::vector<Tensor> want = reference().run(op, in, out, attrs);
  std::vector<std::string> ways;  // a run makes another offer
  for (const nnr_offer& way : offered.ways) ways.push_back(sdk::to_string(way.impl));
  for (const std::string& impl : ways) {
    SCOPED_TRACE(impl);
    const std::vector<Tensor> got = cuda().run(op, in, out, attrs, impl);
    for (size_t i = 0; i < got.size(); ++i) {
      expect_values(got[i], want[i].values(), tolerance_of(out[i].dtype));
    }
  }
}

}  // namespace nnrun::test
