// Convolutions whose vectors are places of one row of results, side by side.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

struct Operands {
  const float *x, *w, *bias;
  float* y;
};

/// kOut output channels of kVectors vectors of results.
template <int kOut, int kVectors>
NNRUN_INLINE void block(const ConvRows& c, const Operands& at, const ConvVector* v) {
  Lanes sum[kOut][kVectors];
  for (int o = 0; o < kOut; ++o) {
    for (int k = 0; k < kVectors; ++k) sum[o][k] = at.bias == nullptr ? Lanes{} : all(at.bias[o]);
  }
  for (int64_t s = 0; s < c.taps; ++s) {
    const float* p = at.x + c.tap[s];
    Lanes part[kVectors];
    for (int k = 0; k < kVectors; ++k) part[k] = load(p + v[k].from);
    for (int o = 0; o < kOut; ++o) {
      const float by = at.w[o * c.taps + s];
      for (int k = 0; k < kVectors; ++k) sum[o][k] += by * part[k];
    }
  }
  for (int o = 0; o < kOut; ++o) {
    for (int k = 0; k < kVectors; ++k) {
      float* to = at.y + o * c.y_plane + v[k].to;
      v[k].n == kLanes ? store(to, sum[o][k]) : store_part(to, sum[o][k], v[k].n);
    }
  }
}

template <int kOut> void channels(const ConvRows& c, const Operands& at) {
  const ConvVector* v = c.vector;
  const ConvVector* const end = v + c.vectors;
  for (; end - v >= 4; v += 4) block<kOut, 4>(c, at, v);
  if (end - v >= 2) block<kOut, 2>(c, at, v), v += 2;
  if (v != end) block<kOut, 1>(c, at, v);
}

#if defined(__AVX512F__)
constexpr int kMost = 4;
#else
constexpr int kMost = 2;  // by 4 vectors: half of the registers
#endif

void correlate(const ConvRows& c, int64_t out, const float* x, const float* w, const float* bias,
               float* y) {
  int64_t o = 0;
  const auto take = [&]<int kOut>(std::integral_constant<int, kOut>) {
    for (; o + kOut <= out; o += kOut) {
      channels<kOut>(c,
                     {x, w + o * c.taps, bias == nullptr ? nullptr : bias + o, y + o * c.y_plane});
    }
  };
  take(std::integral_constant<int, kMost>{});
  take(std::integral_constant<int, kMost / 2>{});
  take(std::integral_constant<int, 1>{});
}

}  // namespace

ConvRowLoops conv_row_loops() { return {int(kLanes), kMost, correlate}; }

}  // namespace nnrun::onednn::NNRUN_ISA
