// What `nnrun explain` says of convolutions where cuDNN cannot be used.
#include <cstdlib>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

/// The node of the first convolution, with the libraries of a folder.
nlohmann::json convolution(const std::string& libraries, const std::string& settings) {
  TempDir dir;
  dir.put("net.yaml", R"(nnrun: 1
name: net
data: {source: {type: npz, path: nowhere.npz, features: x, target: y}}
model:
  input_shape: [2, 5, 5]
  layers: [{type: Conv2d, out_channels: 3, kernel_size: 3}, Flatten]
training: {loss: CrossEntropyLoss, optimizer: {type: SGD, lr: 0.1}}
backend: {name: cuda}
)");
  CommandOptions o;
  o.timeout = 120;
  for (const char* name : {"NNRUN_PLUGIN_PATH", "XDG_CACHE_HOME"}) {
    if (const char* v = std::getenv(name)) o.env[name] = v;
  }
  o.env["LD_LIBRARY_PATH"] = libraries;
  o.env["NNRUN_CUDA_HOME"] = libraries;  // and nowhere else
  o.env["NNRUN_EMULATED_CUDA"] = settings;
  const CommandResult r = run_command(dir.path(), {"explain", "net.yaml", "--json"}, o);
  EXPECT_EQ(r.exit, 0) << r.err;
  const nlohmann::json plan = nlohmann::json::parse(r.out, nullptr, false);
  for (const auto& n : plan.value("nodes", nlohmann::json::array())) {
    if (n["op"] == "conv2d") return n;
  }
  return {};
}

void expect_loops(const nlohmann::json& node, const std::string& reason) {
  EXPECT_EQ(node.value("kernel", ""), "loops") << node;
  EXPECT_NE(node.dump().find(reason), std::string::npos) << node;
}

TEST(CudaDnnCommand, CudnnConvolvesWhereItIsThere) {
  EXPECT_EQ(convolution(NNRUN_EMULATED, "").value("kernel", ""), "cudnn:2");
}

TEST(CudaDnnCommand, AMissingLibraryIsNamedWithWhatBringsIt) {
  TempDir some;
  for (const char* file : {"libcuda.so.1", "libnvrtc.so.13", "libcublasLt.so.13"}) {
    std::filesystem::create_symlink(std::string(NNRUN_EMULATED "/") + file,
                                    some.path() + "/" + file);
  }
  some.put("libcudnn.so.9", "");  // the loader goes no further, so one of this machine is not found
  const nlohmann::json node = convolution(some.path(), "");
  expect_loops(node, "libcudnn.so.9: file too short (it is part of cuDNN 9; tools/setup-cuda");
}

TEST(CudaDnnCommand, AnOldLibraryIsNamedWithBothVersions) {
  expect_loops(convolution(NNRUN_EMULATED, "dnn_version=90101"),
               "libcudnn.so.9 is cuDNN 9.1.1 and this backend needs 9.12.0 or newer");
}

TEST(CudaDnnCommand, ALibraryThatDoesNotStartSaysWhy) {
  expect_loops(convolution(NNRUN_EMULATED, "dnn_starts=0"), "(it does not start)");
}

}  // namespace
}  // namespace nnrun::test
