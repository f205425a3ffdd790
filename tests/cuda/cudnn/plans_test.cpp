// The real cuDNN's answer to the graphs of this backend, on machines without a GPU
// (deviceless.cpp).
#include "tests/cuda/dnn/convolution.h"

namespace nnrun::test {
namespace {

const std::vector<Convolution> kConvolutions = {
    {{32, 3, 224, 224}, {64, 3, 7, 7}, {2, 2}, {3, 3}},
    {{32, 64, 56, 56}, {64, 64, 3, 3}, {1, 1}, {1, 1}},
    {{32, 256, 56, 56}, {512, 256, 1, 1}, {2, 2}},
    {{32, 64, 28, 28}, {64, 1, 3, 3}, {1, 1}, {1, 1}, {1, 1}, 64},
    {{3, 4, 7, 9}, {6, 2, 3, 2}, {2, 1}, {1, 2}, {1, 2}, 2},
    {{2, 5, 11, 7}, {5, 1, 3, 5}, {3, 2}, {0, 2}, {2, 1}, 5},
};

class CudaRealDnn : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    const Way w = way(calls({{1, 1, 2, 2}, {1, 1, 1, 1}}, GetParam())[0]);
    if (w.impl.find("cudnnCreate") != std::string::npos) GTEST_SKIP() << w.impl;
  }
};

TEST_P(CudaRealDnn, ProposesEnginesForConvolutionsAndTheirGradients) {
  for (const Convolution& c : kConvolutions) {
    for (const Call& call : calls(c, GetParam())) {
      SCOPED_TRACE(call.op + " of " + std::to_string(call.in.size()));
      EXPECT_EQ(way(call).impl.rfind("cudnn:", 0), 0u) << way(call).impl;
      EXPECT_EQ(way(call).flags & NNR_K_APPROX, 0u);
      {
        const Options fast(true);
        EXPECT_EQ(way(call).impl.rfind("cudnn:", 0), 0u) << way(call).impl;
      }
      const Options deterministic(false, true);
      EXPECT_EQ(way(call).impl.rfind("cudnn:", 0), 0u) << way(call).impl;
      EXPECT_NE(way(call).flags & NNR_K_DETERMINISTIC, 0u);
    }
  }
}

TEST_P(CudaRealDnn, TakesTheAddressesOfALaunchThatOnlyLacksADevice) {
  for (const Call& call : calls(kConvolutions.back(), GetParam())) {
    try {
      backend().run(call.op, call.in, {call.out}, call.attrs, way(call).impl);
      ADD_FAILURE() << call.op << " ran";
    } catch (const Failed& f) {
      EXPECT_EQ(std::string(f.what()).rfind("cudnnBackendExecute: ", 0), 0u) << f.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Floats, CudaRealDnn, ::testing::ValuesIn(kEveryFloat),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace nnrun::test
