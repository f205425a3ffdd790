// Networks drawn at random end training in the weights that PyTorch ends in.
#include <nnrun/session.h>

#include "core/data/npy.h"
#include "tests/pytorch/answers.h"

namespace nnrun {
namespace {

using test::answer_file;
using test::part_of;
using test::TempDir;
using test::Tensors;

using Network = std::pair<const std::string, std::string>;  // name, model file

class Networks : public ::testing::TestWithParam<Network> {
 protected:
  static void SetUpTestSuite() { all_ = test::tensors_of(answer_file("networks.safetensors")); }
  static void TearDownTestSuite() { all_.clear(); }

  Tensors stored(const std::string& part) const {
    return part_of(all_, GetParam().first + "." + part + ".");
  }

  void put_data(const std::string& part) const {
    const Tensors data = stored(part);
    if (!data.empty()) write_npz(dir_.file(part + ".npz"), {data.begin(), data.end()});
  }

  Tensors trained_on(const std::string& backend) const {
    put_data("data");
    put_data("val");
    test::write_part(dir_.file("start.safetensors"), stored("start"));
    Session session = Session::load(dir_.put("model.yaml", GetParam().second),
                                    {.overrides = {"backend=" + backend}});
    session.train({.out_dir = dir_.file("run"), .weights = dir_.file("start.safetensors")});
    return test::tensors_of(dir_.file("run/last.safetensors"));
  }

 private:
  static inline Tensors all_;
  TempDir dir_;
};

TEST_P(Networks, EndInPyTorchsWeightsInFloat64) {
  const Tensors weights = trained_on("{name: reference, dtype: float64, threads: 1}");
  test::expect_near(weights, stored("float64"), 1e-9);
}

TEST_P(Networks, EndInPyTorchsWeightsInFloat32) {
  const Tensors weights = trained_on("{name: [onednn, reference], dtype: float32, threads: 1}");
  test::expect_near(weights, stored("float32"), 2e-3);
}

INSTANTIATE_TEST_SUITE_P(, Networks, ::testing::ValuesIn(test::model_files("networks.yaml")),
                         [](const auto& info) { return info.param.first; });

}  // namespace
}  // namespace nnrun
