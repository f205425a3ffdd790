// What the reference backend's library is, offers and refuses.
#include "tests/backends/reference.h"

#include <cstdio>

namespace nnrun::test {
namespace {

TEST(Reference, ExportsOneSymbol) {
  FILE* nm = popen(("nm -D --defined-only " + reference().file()).c_str(), "r");
  ASSERT_NE(nm, nullptr);
  std::vector<std::string> names;
  char line[4096];
  while (fgets(line, sizeof line, nm) != nullptr) {
    std::string s = line;
    s.pop_back();
    names.push_back(s.substr(s.rfind(' ') + 1));
  }
  ASSERT_EQ(pclose(nm), 0);
  EXPECT_EQ(names, std::vector<std::string>{"nnr_plugin_entry_v0"});
}

TEST(Reference, IsABackendOfOneCpu) {
  EXPECT_STREQ(reference().plugin().name, "reference");
  EXPECT_EQ(reference().plugin().built_minor, uint32_t(NNR_ABI_MINOR));
  EXPECT_EQ(sdk::to_string(reference().table().name), "reference");
  EXPECT_EQ(reference().table().device_count(reference().self()), 1u);
  nnr_dev_info info = {};
  info.struct_size = sizeof info;
  ASSERT_EQ(reference().table().device_info(reference().self(), 0, &info, nullptr), NNR_OK);
  EXPECT_EQ(info.dev.device_type, kDLCPU);
  EXPECT_GT(info.mem_total, 0u);
  EXPECT_EQ(info.align, 64u);
}

TEST(Reference, HasNoInterfaceOtherThanTheBackend) {
  EXPECT_EQ(reference().plugin().get_iface("nnr.ops/1"), nullptr);
}

TEST(Reference, AllocatesAlignedMemory) {
  void* p = nullptr;
  const nnr_backend& b = reference().table();
  ASSERT_EQ(b.mem_alloc(reference().self(), {kDLCPU, 0}, 100, 256, &p, nullptr), NNR_OK);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 256, 0u);
  EXPECT_EQ(b.fill(reference().self(), {kDLCPU, 0}, p, 7, 100, nullptr, nullptr), NNR_OK);
  EXPECT_EQ(static_cast<char*>(p)[99], 7);
  b.mem_free(reference().self(), {kDLCPU, 0}, p);
}

TEST(Reference, RefusesASizeThatOverflows) {
  void* p = nullptr;
  char text[64] = "";
  nnr_err e = {sizeof e, 0, sizeof text, 0, text};
  EXPECT_EQ(reference().table().mem_alloc(reference().self(), {kDLCPU, 0}, UINT64_MAX, 64, &p, &e),
            NNR_E_NOMEM);
  EXPECT_EQ(e.code, NNR_E_NOMEM);
}

TEST(Reference, OffersOneWayThatIsSlowAndDeterministic) {
  const Tensor x = f32({2}, {1, 2});
  const Offered o = reference().offer("add", {x, x}, {{kF32, {2}}});
  ASSERT_EQ(o.ways.size(), 1u);
  EXPECT_EQ(o.ways[0].flags, uint32_t(NNR_K_REFERENCE | NNR_K_DETERMINISTIC));
  EXPECT_EQ(sdk::to_string(o.ways[0].impl), "loop");
}

TEST(Reference, CountsOffersBeyondTheRoomForThem) {
  const Tensor x = f32({2}, {1, 2});
  OpCall call("neg", {x}, {{kF32, {2}}}, {});
  uint32_t n = 0;
  EXPECT_EQ(
      reference().table().kernels->offer(reference().self(), &call.desc, nullptr, 0, &n, nullptr),
      NNR_OK);
  EXPECT_EQ(n, 1u);
}

TEST(Reference, SaysThatItHasNoKernel) {
  const Offered o = reference().offer("frobnicate", {f32({1}, {1})}, {{kF32, {1}}});
  EXPECT_TRUE(o.ways.empty());
  EXPECT_EQ(o.why_not, "no kernel");
}

TEST(Reference, RefusesADtypeByName) {
  const Offered o = reference().offer("exp", {Tensor(kI32, {1}, {1})}, {{kI32, {1}}});
  EXPECT_TRUE(o.ways.empty());
  EXPECT_NE(o.why_not.find("operand 0 is int32"), std::string::npos) << o.why_not;
}

TEST(Reference, RefusesOperandsOfTwoDtypes) {
  const Offered o = reference().offer("add", {Tensor(kF32, {1}), Tensor(kF64, {1})}, {{kF32, {1}}});
  EXPECT_NE(o.why_not.find("operand 1 is float64, operand 0 float32"), std::string::npos)
      << o.why_not;
}

TEST(Reference, RefusesAnotherResultThanTheOpHas) {
  const Offered o = reference().offer("eq", {Tensor(kF32, {1}), Tensor(kF32, {1})}, {{kF32, {1}}});
  EXPECT_NE(o.why_not.find("operand 2 is float32"), std::string::npos) << o.why_not;
}

TEST(Reference, RefusesAnAbsentOperand) {
  const Offered o = reference().offer("add", {Tensor(kF32, {1}), std::nullopt}, {{kF32, {1}}});
  EXPECT_NE(o.why_not.find("operand 1 is absent"), std::string::npos) << o.why_not;
}

TEST(Reference, RefusesTooManyOperands) {
  const Tensor x = f32({1}, {1});
  EXPECT_FALSE(reference().offer("neg", {x, x}, {{kF32, {1}}}).why_not.empty());
}

TEST(Reference, RefusesALayoutItDoesNotKnow) {
  OpCall call("neg", {f32({1}, {1})}, {{kF32, {1}}}, {});
  nnr_tdesc blocked = *call.desc.in[0];
  blocked.layout = sdk::str("onednn:nChw16c");
  const nnr_tdesc* in[] = {&blocked};
  call.desc.in = in;
  char text[128] = "";
  nnr_err why = {sizeof why, 0, sizeof text, 0, text};
  uint32_t n = 1;
  const nnr_kernels* k = reference().table().kernels;
  ASSERT_EQ(k->offer(reference().self(), &call.desc, nullptr, 0, &n, &why), NNR_OK);
  EXPECT_EQ(n, 0u);
  EXPECT_NE(std::string(text).find("onednn:nChw16c"), std::string::npos) << text;
}

TEST(Reference, PreparesNothingThatItDoesNotOffer) {
  OpCall call("exp", {Tensor(kI32, {1}, {1})}, {{kI32, {1}}}, {});
  void* kernel = nullptr;
  const nnr_kernels* k = reference().table().kernels;
  EXPECT_EQ(k->prepare(reference().self(), &call.desc, sdk::str("loop"), &kernel, nullptr),
            NNR_E_UNSUPPORTED);
  EXPECT_EQ(k->prepare(reference().self(), &call.desc, sdk::str("simd"), &kernel, nullptr),
            NNR_E_UNSUPPORTED);
  EXPECT_EQ(kernel, nullptr);
}

TEST(Reference, MayWorkInPlaceOnlyWhereTheElementsLieAlike) {
  const Tensor x(kF32, {2, 3}), row(kF32, {3}), flipped = Tensor(kF32, {3, 2}).permute({1, 0});
  const Out y = {kF32, {2, 3}};
  EXPECT_EQ(reference().offer("add", {x, x}, {y}).inplace.at(0).size(), 2u);
  EXPECT_EQ(reference().offer("add", {x, row}, {y}).inplace.at(0).size(), 1u);
  EXPECT_EQ(reference().offer("add", {flipped, row}, {y}).inplace.at(0).size(), 0u);
  EXPECT_EQ(reference().offer("eq", {x, x}, {{kBool, {2, 3}}}).inplace.at(0).size(), 0u);
}

TEST(Reference, RunsManyTimesAsOne) {
  const Tensor x = f32({2}, {1, 2});
  OpCall call("neg", {x}, {{kF32, {2}}}, {});
  const nnr_kernels* k = reference().table().kernels;
  void* kernel = nullptr;
  ASSERT_EQ(k->prepare(reference().self(), &call.desc, sdk::str("loop"), &kernel, nullptr), NNR_OK);
  void* buffers[] = {x.data(), call.outputs[0].data()};
  nnr_launch l = {};
  ASSERT_EQ(k->bind(kernel, buffers, nullptr, nullptr, &l, nullptr), NNR_OK);
  EXPECT_EQ(l.run_n(l.ctx, 3, nullptr), NNR_OK);
  expect_values(call.outputs[0], {-1, -2});
  l.unbind(l.ctx);
  k->release(kernel);
}

}  // namespace
}  // namespace nnrun::test
