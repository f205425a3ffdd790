// Convolutions by the emulated cuDNN: its engine 0 has tensor cores, 1 sums in any order
// (gradients), 2 has tiles, 3 loops at any address.
#include <cstdlib>

#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

/// The backend, opened once more: its options are the test's own.
Library& backend() {
  static Library* library = new Library(NNRUN_MODULE_DIR "/nnrun-backend-cuda.so");
  return *library;
}
struct Options {
  explicit Options(bool fast_math, bool deterministic = false) {
    backend().fast_math = fast_math;
    backend().deterministic = deterministic;
  }
  ~Options() { backend().fast_math = backend().deterministic = false; }
};
/// What the emulated library is like, while it lives. Plans are kept: a test has shapes of its own.
struct Setting {
  explicit Setting(const char* s) { ::setenv("NNRUN_EMULATED_CUDA", s, 1); }
  ~Setting() { ::unsetenv("NNRUN_EMULATED_CUDA"); }
};

struct Convolution {
  Ints x, weight;
  Ints stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
  int64_t groups = 1;

  Ints y() const {
    Ints r = {x[0], weight[0], 0, 0};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t window = dilation[i] * (weight[i + 2] - 1) + 1;
      r[i + 2] = (x[i + 2] + 2 * padding[i] - window) / stride[i] + 1;
    }
    return r;
  }
  AttrMap attrs(const std::string& more = "", const Ints& value = {}) const {
    AttrMap a = {
        {"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"groups", groups}};
    if (!more.empty()) a[more] = value;
    return a;
  }
};

/// An application of the op or of one of its gradients.
struct Call {
  std::string op;
  std::vector<std::optional<Tensor>> in;
  Out out;
  AttrMap attrs;
};
std::vector<Call> calls(const Convolution& c, DType t) {
  const Tensor x = drawn(t, c.x), w = drawn(t, c.weight, -1, 1, 2), gy = drawn(t, c.y(), -1, 1, 3);
  const Tensor bias = drawn(t, {c.weight[0]}, -1, 1, 4);
  return {{"conv2d", {x, w}, {t, c.y()}, c.attrs()},
          {"conv2d", {x, w, bias}, {t, c.y()}, c.attrs()},
          {"conv2d_grad_input", {gy, w}, {t, c.x}, c.attrs("input_size", {c.x[2], c.x[3]})},
          {"conv2d_grad_weight",
           {gy, x},
           {t, c.weight},
           c.attrs("kernel_size", {c.weight[2], c.weight[3]})}};
}

/// The way of cuDNN, "cudnn:<engine>", with its flags.
struct Way {
  std::string impl;
  uint32_t flags;
};
Way way(const Call& c) {
  const Offered offered = backend().offer(c.op, c.in, {c.out}, c.attrs);
  for (const nnr_offer& o : offered.ways) {
    const std::string impl = sdk::to_string(o.impl);
    if (impl.rfind("cudnn", 0) == 0) return {impl, o.flags};
  }
  return {offered.why_not, 0};
}
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
