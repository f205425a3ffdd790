// A network's weights go from PyTorch's file to here and back: the predictions are PyTorch's, and
// what is saved here has the names, dtypes and shapes that load_state_dict(strict=True) demands.
#include <sstream>

#include <nnrun/session.h>

#include "core/data/npy.h"
#include "tests/pytorch/answers.h"

namespace nnrun {
namespace {

using test::answer_file;
using test::TempDir;
using test::Tensors;

using Network = std::pair<const std::string, std::string>;  // name, model file

class Weights : public ::testing::TestWithParam<Network> {
 protected:
  Weights() {
    const Tensors data =
        test::part_of(test::tensors_of(answer_file("weights.safetensors")), GetParam().first + ".");
    write_npz(dir_.file("data.npz"), {data.begin(), data.end()});
    answer_ = data.at("y");
  }

  std::string torchs_file() const {
    return answer_file("weights/" + GetParam().first + ".safetensors");
  }

  /// Trains from PyTorch's weights; returns the run folder.
  std::string trained(double max_seconds) const {
    Session session = Session::load(dir_.put("model.yaml", GetParam().second));
    const std::string run = dir_.file("run");
    session.train({.out_dir = run, .weights = torchs_file(), .max_seconds = max_seconds});
    return run;
  }
  /// The time is up before the first step.
  std::string untrained() const { return trained(1e-9); }

  Array predicted_by(const std::string& run) const {
    std::ostringstream npy;
    Session::load(run).predict({.format = "npy"}, npy);
    return read_npy(dir_.put("predicted.npy", npy.str()));
  }

  TempDir dir_;
  Array answer_;
};

TEST_P(Weights, OfPyTorchPredictWhatItPredicts) {
  const Array predicted = predicted_by(untrained());
  ASSERT_EQ(predicted.shape(), answer_.shape());
  EXPECT_LE(test::distance(predicted, answer_), 1e-5);
}

TEST_P(Weights, AreSavedAsTheyWereLoaded) {
  const Tensors saved = test::tensors_of(untrained() + "/model.safetensors");
  for (const auto& [name, want] : test::tensors_of(torchs_file())) {
    ASSERT_TRUE(saved.contains(name)) << name;
    EXPECT_TRUE(same_bits(saved.at(name), want)) << name;
  }
}

TEST_P(Weights, AfterTrainingHavePyTorchsNamesDtypesAndShapes) {
  const auto described = [](const std::string& file) {
    std::string text;
    for (const auto& [name, a] : test::tensors_of(file)) {
      text += name + " " + Type{a.dtype(), a.shape()}.str() + "\n";
    }
    return text;
  };
  const std::string run = trained(0);
  for (const char* file : {"/model.safetensors", "/last.safetensors"}) {
    EXPECT_EQ(described(run + file), described(torchs_file())) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(, Weights, ::testing::ValuesIn(test::model_files("weights.yaml")),
                         [](const auto& info) { return info.param.first; });

}  // namespace
}  // namespace nnrun
