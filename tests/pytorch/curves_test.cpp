// The loss of the first 100 steps is PyTorch's, step by step. Images, labels and first weights are
// those of make_curves.py, by the same formulas.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include <nnrun/session.h>

#include "core/data/npy.h"
#include "tests/pytorch/answers.h"

namespace nnrun {
namespace {

using test::answer_file;
using test::TempDir;

constexpr int64_t kRows = 6400, kPixels = 784;

uint32_t mix(uint64_t i) {
  uint32_t z = uint32_t(i);
  z ^= z >> 16;
  z *= 0x85EBCA6Bu;
  z ^= z >> 13;
  z *= 0xC2B2AE35u;
  return z ^ (z >> 16);
}

void write_images(const std::string& file) {
  Array x(DType::uint8, {kRows, 1, 28, 28}), y(DType::int64, {kRows});
  for (uint64_t row = 0; row < kRows; ++row) {
    const uint32_t c = mix(row) % 10;
    for (uint64_t p = 0; p < kPixels; ++p) {
      const uint64_t block = p / 28 / 4 * 7 + p % 28 / 4;
      const bool bright = mix(49 * c + block) >> 24 < 100;
      x.data<uint8_t>()[kPixels * row + p] = bright ? uint8_t(mix(kPixels * row + p) >> 24) : 0;
    }
    const bool wrong = mix(row + 1000003) % 4 == 0;
    y.data<int64_t>()[row] = wrong ? mix(row + 2000003) % 10 : c;
  }
  write_npz(file, {{"x", x}, {"y", y}});
}

/// Weights, each with its bias behind it, in the order of the layers.
NamedArrays first_weights(const std::vector<std::pair<std::string, Shape>>& weights) {
  NamedArrays all;
  uint64_t drawn = 0;
  for (const auto& [layer, shape] : weights) {
    const Shape bias = {shape[0]};
    const double bound = 1 / std::sqrt(double(shape.numel() / shape[0]));
    for (const auto& [name, s] : {std::pair{".weight", shape}, {".bias", bias}}) {
      Array a(DType::float32, s);
      for (int64_t i = 0; i < a.numel(); ++i) {
        const double u = (mix(drawn++) >> 8) / 16777216.0;
        a.data<float>()[i] = float((2 * u - 1) * bound);
      }
      all.push_back({layer + name, a});
    }
  }
  return all;
}

const NamedArrays& weights_of(const std::string& network) {
  static const NamedArrays mlp =
      first_weights({{"1", {512, 784}}, {"3", {512, 512}}, {"5", {10, 512}}});
  static const NamedArrays cnn = first_weights(
      {{"0", {32, 1, 3, 3}}, {"3", {64, 32, 3, 3}}, {"7", {128, 3136}}, {"9", {10, 128}}});
  return network.starts_with("mlp") ? mlp : cnn;
}

/// The column of that name in curves.csv.
std::vector<double> stored_curve(const std::string& name) {
  std::ifstream file(answer_file("curves.csv"));
  std::vector<double> curve;
  int column = -1;
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; std::getline(cells, cell, ','); ++i) {
      if (column < 0 && cell == name) {
        column = i;
        break;
      }
      if (i == column) curve.push_back(std::strtod(cell.c_str(), nullptr));
    }
  }
  return curve;
}

struct Curve {
  const char* name;
  double tolerance;
};

class Curves : public ::testing::TestWithParam<Curve> {};

TEST_P(Curves, AreThoseOfPyTorch) {
  const auto [name, tolerance] = GetParam();
  const std::vector<double> want = stored_curve(name);
  ASSERT_EQ(want.size(), 100u);

  const TempDir dir;
  write_images(dir.file("data.npz"));
  write_safetensors(dir.file("start.safetensors"), weights_of(name));
  Session session = Session::load(dir.put("model.yaml", test::model_files("curves.yaml").at(name)));
  std::vector<double> losses;
  session.train({.out_dir = dir.file("run"),
                 .weights = dir.file("start.safetensors"),
                 .on_step = [&](int64_t, double loss) { losses.push_back(loss); }});

  ASSERT_EQ(losses.size(), want.size());
  for (size_t k = 0; k < want.size(); ++k) {
    EXPECT_NEAR(losses[k], want[k], tolerance * want[k]) << "step " << k + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(, Curves,
                         ::testing::Values(Curve{"mlp_sgd", 1e-4}, Curve{"mlp_adam", 1e-3},
                                           Curve{"cnn_sgd", 1e-4}, Curve{"cnn_adam", 1e-3}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nnrun
