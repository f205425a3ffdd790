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
    o.timeout = 800;
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

TEST_F(FashionMnist, EveryNetworkTrainsInBfloat16) {
  for (const auto& [name, steps] :
       {std::pair{"fashion-mlp", 20}, {"fashion-cnn", 20}, {"resnet18", 3}}) {
    SCOPED_TRACE(name);
    const std::string quick = "--quick=" + std::to_string(steps);
    EXPECT_EQ(train(name, {"--dtype", "bfloat16", quick, "training.batch_size=8"})["steps"], steps);
  }
}

TEST_F(FashionMnist, AMultilayerPerceptronTrainsInFloat64) {
  EXPECT_EQ(train("fashion-mlp", {"--dtype", "float64", "--quick=20"})["steps"], 20);
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
