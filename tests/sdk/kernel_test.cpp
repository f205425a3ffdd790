// A class as a kernel: the C table over it.
#include <string>

#include <gtest/gtest.h>

#include <nnrun/sdk/kernel.hpp>

namespace nnrun::sdk {
namespace {

/// Doubles one float; fails on a negative one.
class Doubler {
 public:
  static Offer offer(const Desc& d) {
    if (d.in(0).numel() != 1) return no("needs one element");
    return yes(5);
  }
  explicit Doubler(const Desc&) {}
  void run(void* const* buffer, void*) const {
    const float x = *static_cast<const float*>(buffer[0]);
    if (x < 0) throw Failure(NNR_E_INVALID, "negative");
    *static_cast<float*>(buffer[1]) = 2 * x;
  }
};

/// The same with a state per launch, and a status instead of an exception.
class Bound {
 public:
  struct State {
    const float* x;
    float* y;
  };
  static Offer offer(const Desc&) { return yes(); }
  explicit Bound(const Desc&) {}
  State bind(void* const* buffer, void*) const {
    return {static_cast<const float*>(buffer[0]), static_cast<float*>(buffer[1])};
  }
  void rebind(State& s, void* const* buffer, void* workspace) const { s = bind(buffer, workspace); }
  nnr_status run(State& s) const {
    if (*s.x < 0) return NNR_E_CANCELLED;
    *s.y = 2 * *s.x;
    return NNR_OK;
  }
};

/// A desc of "double" over one float in and out, or over a vector of `n`.
struct Case {
  int64_t shape[1], strides[1] = {1};
  nnr_tdesc t = {};
  const nnr_tdesc* operand[1] = {&t};
  nnr_op_desc d = {};
  explicit Case(int64_t n = 1) : shape{n} {
    t.struct_size = sizeof t;
    t.t.ndim = 1;
    t.t.shape = shape;
    t.t.strides = strides;
    t.t.dtype = to_dl(DType::float32);
    d.struct_size = sizeof d;
    d.op = str("double");
    d.n_in = d.n_out = 1;
    d.in = d.out = operand;
  }
};

struct Text {
  char text[64] = "";
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
};

class KernelTableTest : public testing::Test {
 protected:
  nnr_launch bind(const char* impl) {
    void* kernel = nullptr;
    EXPECT_EQ(abi.prepare(&table, &one.d, str(impl), &kernel, nullptr), NNR_OK);
    kernels.push_back(kernel);
    void* buffer[] = {&x, &y};
    nnr_launch l = {};
    EXPECT_EQ(abi.bind(kernel, buffer, nullptr, nullptr, &l, nullptr), NNR_OK);
    return l;
  }
  ~KernelTableTest() override {
    for (void* k : kernels) abi.release(k);
  }

  KernelTable table{{kernel<Doubler>("double", "plain"), kernel<Bound>("double", "bound")}};
  const nnr_kernels& abi = *KernelTable::abi();
  Case one;
  float x = 3, y = 0;
  std::vector<void*> kernels;
};

TEST_F(KernelTableTest, OffersTheKernelsOfTheOpInTheirOrder) {
  nnr_offer a = {}, b = {};
  nnr_offer* out[] = {&a, &b};
  uint32_t n = 0;
  ASSERT_EQ(abi.offer(&table, &one.d, out, 2, &n, nullptr), NNR_OK);
  ASSERT_EQ(n, 2u);
  EXPECT_EQ(to_string(a.impl), "plain");
  EXPECT_EQ(a.est_ns, 5);
  EXPECT_EQ(to_string(b.impl), "bound");
}

TEST_F(KernelTableTest, LeavesOutAKernelThatSaysNo) {
  Case two(2);
  nnr_offer a = {};
  nnr_offer* out[] = {&a};
  uint32_t n = 0;
  ASSERT_EQ(abi.offer(&table, &two.d, out, 1, &n, nullptr), NNR_OK);
  EXPECT_EQ(n, 1u);
  EXPECT_EQ(to_string(a.impl), "bound");
}

TEST_F(KernelTableTest, PrepareRepeatsTheReason) {
  Case two(2);
  Text t;
  void* kernel = nullptr;
  EXPECT_EQ(abi.prepare(&table, &two.d, str("plain"), &kernel, &t.e), NNR_E_UNSUPPORTED);
  EXPECT_STREQ(t.text, "needs one element");
}

TEST_F(KernelTableTest, RunsAndRebinds) {
  for (const char* impl : {"plain", "bound"}) {
    nnr_launch l = bind(impl);
    EXPECT_EQ(l.run(l.ctx, nullptr), NNR_OK);
    EXPECT_EQ(y, 6);
    float other = 5, result = 0;
    void* buffer[] = {&other, &result};
    EXPECT_EQ(abi.rebind(&l, buffer, nullptr, nullptr, nullptr), NNR_OK);
    EXPECT_EQ(l.run_n(l.ctx, 2, nullptr), NNR_OK);
    EXPECT_EQ(result, 10);
    l.unbind(l.ctx);
  }
}

TEST_F(KernelTableTest, AFailureInRunBecomesAStatusWithText) {
  nnr_launch l = bind("plain");
  x = -1;
  Text t;
  EXPECT_EQ(l.run(l.ctx, &t.e), NNR_E_INVALID);
  EXPECT_EQ(t.e.code, NNR_E_INVALID);
  EXPECT_STREQ(t.text, "negative");
  EXPECT_EQ(l.run_n(l.ctx, 3, nullptr), NNR_E_INVALID);
  l.unbind(l.ctx);
}

TEST_F(KernelTableTest, AStatusFromRunIsPassedOn) {
  nnr_launch l = bind("bound");
  x = -1;
  EXPECT_EQ(l.run(l.ctx, nullptr), NNR_E_CANCELLED);
  l.unbind(l.ctx);
}

TEST(WriteError, CutsTheTextToTheBuffer) {
  char text[5];
  nnr_err e = {sizeof e, 0, sizeof text, 0, text};
  write_error(&e, NNR_E_NOMEM, "out of memory");
  EXPECT_STREQ(text, "out ");
  EXPECT_EQ(e.msg_len, 4u);
}

TEST(Guard, TurnsAnyExceptionIntoAStatus) {
  EXPECT_EQ(guard(nullptr, [] {}), NNR_OK);
  EXPECT_EQ(guard(nullptr, [] { throw std::bad_alloc(); }), NNR_E_NOMEM);
  EXPECT_EQ(guard(nullptr, [] { throw 1; }), NNR_E_INTERNAL);
  EXPECT_EQ(guard(nullptr, []() -> nnr_status { return NNR_E_VERSION; }), NNR_E_VERSION);
}

}  // namespace
}  // namespace nnrun::sdk
