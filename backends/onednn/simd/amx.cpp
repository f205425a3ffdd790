// Products of bfloat16 by a CPU's matrix unit (AMX): tiles of 16 rows of 64 bytes. Intel's
// "Architecture Instruction Set Extensions Programming Reference", chapter 3.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {

#if defined(__AVX512F__)
namespace {

constexpr int64_t kTile = AmxLoops::kTile, kSide = AmxLoops::kSide;

struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

void begin(void* before) {
  asm volatile("sttilecfg %0" : "=m"(*static_cast<TileConfig*>(before)));
  TileConfig c;
  for (int i = 0; i < 8; ++i) {
    c.row_bytes[i] = 64;
    c.rows[i] = kTile;
  }
  asm volatile("ldtilecfg %0" ::"m"(c));
}
void end(const void* before) {
  const TileConfig& c = *static_cast<const TileConfig*>(before);
  if (c.palette == 0) {
    asm volatile("tilerelease");
  } else {
    asm volatile("ldtilecfg %0" ::"m"(c));
  }
}

// Tiles 0 to 3 are sums, 4 and 5 rows of x, 6 and 7 of w.
#define NNRUN_ZERO(t) asm volatile("tilezero %%tmm" #t ::)
#define NNRUN_LOAD(t, p, step) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #t ::"r"(p), "r"(step) : "memory")
#define NNRUN_STORE(t, p, step) \
  asm volatile("tilestored %%tmm" #t ", (%0,%1,1)" ::"r"(p), "r"(step) : "memory")
#define NNRUN_MULTIPLY(sum, x, w) asm volatile("tdpbf16ps %%tmm" #w ", %%tmm" #x ", %%tmm" #sum ::)

template <bool kTwo>
void product(const AmxProduct& p, const char* x0, const char* x1, const char* w, float* sum) {
  constexpr int64_t kRow = 64, kSum = kSide * 4;
  const char* w1 = w + p.steps * 1024;
  NNRUN_ZERO(0);
  NNRUN_ZERO(1);
  if (kTwo) {
    NNRUN_ZERO(2);
    NNRUN_ZERO(3);
  }
  for (int64_t s = 0; s < p.steps; ++s) {
    NNRUN_LOAD(6, w + s * 1024, kRow);
    NNRUN_LOAD(4, x0 + p.at[s], p.x_row);
    NNRUN_LOAD(7, w1 + s * 1024, kRow);
    NNRUN_MULTIPLY(0, 4, 6);
    NNRUN_MULTIPLY(1, 4, 7);
    if (kTwo) {
      NNRUN_LOAD(5, x1 + p.at[s], p.x_row);
      NNRUN_MULTIPLY(2, 5, 6);
      NNRUN_MULTIPLY(3, 5, 7);
    }
  }
  NNRUN_STORE(0, sum, kSum);
  NNRUN_STORE(1, sum + kTile, kSum);
  if (kTwo) {
    NNRUN_STORE(2, sum + kTile * kSide, kSum);
    NNRUN_STORE(3, sum + kTile * kSide + kTile, kSum);
  }
}

void block(const AmxProduct& p, const char* x0, const char* x1, const char* w, float* sum) {
  x1 != nullptr ? product<true>(p, x0, x1, w, sum) : product<false>(p, x0, x1, w, sum);
}

template <bool kAdd, bool kRelu> void results(const float* sum, const float* bias, int64_t rows,
                                              const int32_t* to, int64_t row, const void* added,
                                              void* result) {
  for (int64_t i = 0; i < rows; ++i) {
    if (to[i] < 0) continue;
    const float* v = sum + i * kSide;
    bf16* y = static_cast<bf16*>(result) + to[i] * row;
    const bf16* add = kAdd ? static_cast<const bf16*>(added) + to[i] * row : nullptr;
    for (int64_t j = 0; j < kSide; ++j) {
      float r = v[j] + bias[j];
      if (kAdd) r += widen(add[j]);
      if (kRelu) r = r < 0 ? 0 : r;
      y[j] = narrow<bf16>(r);
    }
  }
}

void finish(const float* sum, const float* bias, int64_t rows, const int32_t* to, int64_t row,
            const void* add, bool relu, void* y) {
  if (add != nullptr) {
    relu ? results<true, true>(sum, bias, rows, to, row, add, y)
         : results<true, false>(sum, bias, rows, to, row, add, y);
  } else {
    relu ? results<false, true>(sum, bias, rows, to, row, add, y)
         : results<false, false>(sum, bias, rows, to, row, add, y);
  }
}

#undef NNRUN_ZERO
#undef NNRUN_LOAD
#undef NNRUN_STORE
#undef NNRUN_MULTIPLY

}  // namespace

AmxLoops amx_loops() { return {begin, end, block, finish}; }
#else
AmxLoops amx_loops() { return {}; }
#endif

}  // namespace nnrun::onednn::NNRUN_ISA
