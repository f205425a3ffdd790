// Convolutions by the emulated cuDNN: its engine 0 has tensor cores, 1 sums in any order
// (gradients), 2 has tiles, 3 loops at any address.
#include <cstdlib>

#include "tests/cuda/dnn/convolution.h"

namespace nnrun::test {
namespace {

/// What the emulated library is like, while it lives. Plans are kept: a test has shapes of its own.
struct Setting {
  explicit Setting(const char* s) { ::setenv("NNRUN_EMULATED_CUDA", s, 1); }
  ~Setting() { ::unsetenv("NNRUN_EMULATED_CUDA"); }
};

void expect_reference(const Call& c, double tolerance) {
  SCOPED_TRACE(c.op + " in " + name_of(c.out.dtype));
  const Way w = way(c);
  ASSERT_EQ(w.impl.rfind("cudnn:", 0), 0u) << w.impl;
  expect_values(backend().run(c.op, c.in, {c.out}, c.attrs, w.impl)[0],
                reference().run(c.op, c.in, {c.out}, c.attrs)[0].values(), tolerance);
}

const Convolution kPlain = {{2, 3, 6, 5}, {4, 3, 3, 3}, {1, 1}, {1, 1}};

TEST(CudaDnn, StridesPaddingDilationGroupsAndOddSizesAgreeInEveryDtype) {
  const std::vector<Convolution> all = {
      kPlain,
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{3, 4, 7, 9}, {6, 2, 3, 2}, {2, 1}, {1, 2}, {1, 2}, 2},
      {{2, 5, 11, 7}, {5, 1, 3, 5}, {3, 2}, {0, 2}, {2, 1}, 5},
      {{1, 7, 13, 1}, {3, 7, 4, 1}, {2, 3}, {5, 0}, {3, 1}},
  };
  for (const Convolution& c : all) {
    for (DType t : kEveryFloat) {
      for (const Call& call : calls(c, t)) expect_reference(call, tolerance_of(t));
    }
  }
}

TEST(CudaDnn, Float32KeepsItsDigitsUnlessMathIsFast) {
  for (const Call& call : calls(kPlain, kF32)) {
    EXPECT_EQ(way(call).impl, call.op == "conv2d" ? "cudnn:2" : "cudnn:1");
    EXPECT_EQ(way(call).flags & NNR_K_APPROX, 0u);
    const Options fast(true);
    EXPECT_EQ(way(call).impl, "cudnn:0");
    EXPECT_NE(way(call).flags & NNR_K_APPROX, 0u);
    expect_reference(call, 2e-2);
  }
}

TEST(CudaDnn, SixteenBitsTakeTensorCoresAndFloat64NeverHasThem) {
  for (DType t : {kBF16, kF16}) {
    for (const Call& call : calls(kPlain, t)) {
      EXPECT_EQ(way(call).impl, "cudnn:0");
      EXPECT_EQ(way(call).flags & NNR_K_APPROX, 0u);
    }
  }
  const Options fast(true);
  EXPECT_EQ(way(calls(kPlain, kF64)[0]).impl, "cudnn:2");
}

TEST(CudaDnn, DeterministicRunsTakeDeterministicEngines) {
  for (const Call& call : calls(kPlain, kF32)) {
    const bool gradient = call.op != "conv2d";
    EXPECT_EQ((way(call).flags & NNR_K_DETERMINISTIC) == 0, gradient);
    const Options deterministic(false, true);
    EXPECT_EQ(way(call).impl, "cudnn:2");
    EXPECT_NE(way(call).flags & NNR_K_DETERMINISTIC, 0u);
    expect_reference(call, tolerance_of(kF32));
  }
}

TEST(CudaDnn, WithoutADeterministicEngineThereIsTheLoop) {
  const Setting only_atomic("dnn_engines=2");
  const Options deterministic(false, true);
  const Call call = calls({{1, 2, 5, 4}, {2, 2, 2, 2}}, kF32)[2];
  const Offered offered = backend().offer(call.op, call.in, {call.out}, call.attrs);
  ASSERT_EQ(offered.ways.size(), 1u);
  EXPECT_EQ(sdk::to_string(offered.ways[0].impl), "loops");
  EXPECT_NE(offered.why_not.find("cuDNN has no deterministic engine"), std::string::npos)
      << offered.why_not;
}

TEST(CudaDnn, WhereNoEngineAddsABiasItIsAddedAfterwards) {
  const Setting no_fusion("dnn_fusion=0");
  for (DType t : kEveryFloat) {
    expect_reference(calls({{2, 4, 4, 6}, {3, 4, 1, 3}}, t)[1], tolerance_of(t));
  }
}

TEST(CudaDnn, ChannelsMayComeLast) {
  for (DType t : kEveryFloat) {
    for (Call& call : calls({{2, 4, 5, 3}, {5, 4, 2, 2}}, t)) {
      const Ints n = call.in[0]->shape();
      call.in[0] = drawn(t, {n[0], n[2], n[3], n[1]}).permute({0, 3, 1, 2});
      expect_reference(call, tolerance_of(t));
    }
  }
}

TEST(CudaDnn, AddressesMayBeThoseOfAnyElements) {
  for (DType t : kEveryFloat) {
    Call call = calls({{2, 3, 5, 3}, {5, 3, 1, 1}}, t)[1];
    call.in[1] = drawn(t, {6, 3, 1, 1}).slice(0, 1, 6);  // from element 3 on
    call.in[2] = drawn(t, {6}).slice(0, 1, 6);
    expect_reference(call, tolerance_of(t));
  }
}

TEST(CudaDnn, NothingAndGapsAreLeftToTheLoop) {
  Call call = calls({{0, 2, 4, 4}, {3, 2, 3, 3}}, kF32)[0];
  EXPECT_EQ(way(call).impl, "cudnn: nothing to convolve");
  call = calls({{1, 2, 4, 4}, {3, 2, 3, 3}}, kF32)[0];
  call.in[0] = drawn(kF32, {1, 2, 4, 8}).slice(3, 0, 8, 2);
  EXPECT_EQ(way(call).impl, "cudnn: elements in neither the order NCHW nor NHWC");
}

}  // namespace
}  // namespace nnrun::test
