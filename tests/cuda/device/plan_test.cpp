// What is planned for a GPU, as text: kernels, fusion, order and memory show in the difference of a
// commit. NNRUN_UPDATE=1 ctest -R cuda.device writes the files anew.
#include <cstdlib>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

const std::string kFolder = NNRUN_SOURCE_DIR "/tests/cuda/plans/";

/// `nnrun show --plan` of a training step on the emulated GPU.
std::string plan_of(const std::string& model) {
  TempDir dir;
  CommandOptions o;
  o.timeout = 120;
  for (const char* name : {"NNRUN_PLUGIN_PATH", "XDG_CACHE_HOME"}) {
    if (const char* v = std::getenv(name)) o.env[name] = v;
  }
  o.env["LD_LIBRARY_PATH"] = NNRUN_EMULATED;
  std::string path = NNRUN_SOURCE_DIR "/tools/bench/models/" + model + ".yaml";
  if (!std::filesystem::exists(path)) {
    path = dir.put("model.yaml", run_command(dir.path(), {"new", model}, o).out);
  }
  const CommandResult r = run_command(dir.path(), {"show", path, "--plan", "backend=cuda"}, o);
  EXPECT_EQ(r.exit, 0) << r.err;
  return r.out;
}

class CudaPlan : public ::testing::TestWithParam<const char*> {};

TEST_P(CudaPlan, IsTheOneOfItsFile) {
  const std::string path = kFolder + GetParam() + ".txt", plan = plan_of(GetParam());
  if (std::getenv("NNRUN_UPDATE") != nullptr) std::ofstream(path) << plan;
  const bool convolves = std::string(GetParam()) == "lenet";
  if (convolves && !std::filesystem::exists(NNRUN_EMULATED "/libcudnn.so.9"))
    GTEST_SKIP() << "built without cuDNN's headers: convolutions are loops";
  const std::vector<std::string> got = lines_of(plan), want = lines_of(bytes_of(path));
  for (size_t i = 0; i < std::min(got.size(), want.size()); ++i) {
    ASSERT_EQ(got[i], want[i]) << path << ":" << i + 1;
  }
  EXPECT_EQ(got.size(), want.size()) << path;
}

INSTANTIATE_TEST_SUITE_P(Models, CudaPlan, ::testing::Values("xor", "fashion-mlp", "lenet"),
                         [](const auto& info) {
                           std::string s = info.param;
                           std::replace(s.begin(), s.end(), '-', '_');
                           return s;
                         });

}  // namespace
}  // namespace nnrun::test
