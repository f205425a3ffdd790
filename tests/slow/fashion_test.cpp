// Fashion-MNIST, from the templates: the accuracy that such networks are known
// to reach.
#include <nlohmann/json.hpp>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

constexpr char kImages[] = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

class FashionMnist : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(kImages, R_OK) != 0) {
      GTEST_SKIP() << "the data set is not installed (Debian: dataset-fashion-mnist): " << kImages;
    }
  }
  nlohmann::json train(const std::string& name, const std::vector<std::string>& options) {
    CommandOptions o;
    o.timeout = 400;
    o.env["NNRUN_THREADS"] = "2";
    if (::access(dir_.file(name + ".yaml").c_str(), F_OK) != 0) {
      EXPECT_EQ(run_command(dir_.path(), {"new", name, "-o", "."}).exit, 0);
    }
    std::vector<std::string> words{"train", name + ".yaml", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const CommandResult r = run_command(dir_.path(), words, o);
    EXPECT_EQ(r.exit, 0) << r.err;
    return nlohmann::json::parse(r.out, nullptr, false);
  }
  TempDir dir_;
};

TEST_F(FashionMnist, AMultilayerPerceptronReaches885Permille) {
  const auto j = train("fashion-mlp", {});
  ASSERT_TRUE(j.contains("test"));
  EXPECT_GE(j["test"]["accuracy"].get<double>(), 0.885) << j;
}

TEST_F(FashionMnist, Bfloat16LearnsAboutWhatFloat32Does) {
  const auto accuracy = [&](const std::string& dtype) {
    const auto j = train("fashion-mlp", {"--dtype", dtype, "training.epochs=2"});
    return j.contains("test") ? j["test"]["accuracy"].get<double>() : 0;
  };
  const double wide = accuracy("float32"), narrow = accuracy("bfloat16");
  EXPECT_GE(narrow, 0.83);
  EXPECT_NEAR(narrow, wide, 0.01);
}

TEST_F(FashionMnist, EveryNetworkTrainsInBfloat16AndFloat64) {
  for (const std::string name : {"fashion-mlp", "fashion-cnn", "resnet18"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(train(name, {"--dtype", "bfloat16", "--quick=20", "training.batch_size=8"})["steps"],
              20);
    // Convolutions in float64 are the reference backend's: a few of them have to do.
    const std::string steps = name == "fashion-mlp" ? "20" : "1";
    const auto j = train(name, {"--dtype", "float64", "--quick=" + steps, "training.batch_size=2"});
    EXPECT_EQ(std::to_string(j["steps"].get<int>()), steps);
  }
}

TEST_F(FashionMnist, AConvolutionalNetworkReaches91Percent) {
  const auto j = train("fashion-cnn", {"training.epochs=4", "training.scheduler.T_max=4"});
  ASSERT_TRUE(j.contains("test"));
  EXPECT_GE(j["test"]["accuracy"].get<double>(), 0.910) << j;
}

TEST_F(FashionMnist, AResNet18TrainsForTwentySteps) {
  const auto j = train("resnet18", {"--quick=20"});
  ASSERT_TRUE(j.contains("steps"));
  EXPECT_EQ(j["steps"], 20);
}

}  // namespace
}  // namespace nnrun::test
