// The command with `backend: cuda`: what it says where nothing can run, and a training where it
// can.
#include <cstdlib>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

/// `nnrun train` of XOR with the driver of a folder; null: with none.
CommandResult train(const std::string& backend, const char* driver, const std::string& gpu = "") {
  TempDir dir;
  CommandOptions o;
  o.timeout = 120;
  for (const char* name : {"NNRUN_PLUGIN_PATH", "XDG_CACHE_HOME"}) {
    if (const char* v = std::getenv(name)) o.env[name] = v;
  }
  if (driver != nullptr) o.env["LD_LIBRARY_PATH"] = driver;
  o.env["NNRUN_EMULATED_CUDA"] = gpu;
  const CommandResult model = run_command(dir.path(), {"new", "xor"}, o);
  EXPECT_EQ(model.exit, 0) << model.err;
  dir.put("xor.yaml", model.out);
  return run_command(dir.path(), {"train", "xor.yaml", "backend.name=" + backend}, o);
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(CudaCommand, WithoutADriverItNamesTheLibraryAndTrainsNothing) {
  const CommandResult r = train("cuda", nullptr);
  if (r.exit == 0) GTEST_SKIP() << "this machine has a driver and a GPU";
  EXPECT_EQ(r.exit, 5);
  EXPECT_SAYS(r.err, "backend 'cuda' cannot be used");
  EXPECT_EQ(r.out.find("epoch"), std::string::npos);
}

TEST(CudaCommand, AnOldDriverIsNamedWithBothVersions) {
  const CommandResult r = train("cuda", NNRUN_EMULATED, "version=12040");
  EXPECT_EQ(r.exit, 5);
  EXPECT_SAYS(r.err, "supports CUDA 12.4 and this backend needs 13.0");
}

TEST(CudaCommand, ADriverWithoutGpusIsNoDevice) {
  const CommandResult r = train("cuda", NNRUN_EMULATED, "devices=0");
  EXPECT_EQ(r.exit, 5);
  EXPECT_SAYS(r.err, "finds no GPU: CUDA_ERROR_NO_DEVICE");
}

TEST(CudaCommand, XorIsTrainedOnTheEmulatedGpu) {
  const CommandResult r = train("cuda", NNRUN_EMULATED);
  EXPECT_EQ(r.exit, 0) << r.err;
  EXPECT_SAYS(r.out + r.err, "accuracy 1.000");
}

TEST(CudaCommand, ALostGpuEndsTheTrainingWithAnError) {
  const CommandResult r = train("cuda", NNRUN_EMULATED, "lost_after=100");
  EXPECT_EQ(r.exit, 5);
  EXPECT_SAYS(r.err, "CUDA_ERROR_LAUNCH_FAILED");
}

}  // namespace
}  // namespace nnrun::test
