// `nnrun explain`: who computes what, why, and why not the others.
#include <nlohmann/json.hpp>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Explain : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"xor", "spiral"})
      dir_.put(std::string(name) + ".yaml", run({"new", name}).out + "backend: {fuse: false}\n");
  }
  CommandResult run(const Words& args) const { return run_command(dir_.path(), args); }
  Json explained(Words args) const {
    args.insert(args.begin(), "explain");
    args.push_back("--json");
    const CommandResult r = run(args);
    EXPECT_EQ(r.exit, 0) << r.err;
    return Json::parse(r.out, nullptr, false);
  }
  /// The first node of that op.
  static Json node(const Json& plan, const std::string& op) {
    if (plan.contains("nodes")) {
      for (const Json& n : plan["nodes"]) {
        if (n["op"] == op) return n;
      }
    }
    throw std::runtime_error("no " + op + " in " + plan.dump());
  }
  TempDir dir_;
};

TEST_F(Explain, ASmallNetworkIsOneGroupWithTheWorkOfItsOps) {
  const Json fused = explained({"xor.yaml", "backend.fuse=true", "--measure"});
  ASSERT_EQ(fused["nodes"].size(), 1u);
  const Json& group = fused["nodes"][0];
  EXPECT_EQ(group["op"], "group");
  EXPECT_GT(group["time_us"], 0);
  double flops = 0;
  const Json plain = explained({"xor.yaml"});
  for (const Json& n : plain["nodes"]) flops += n["flops"].get<double>();
  EXPECT_NEAR(group["flops"].get<double>(), flops, 1e-9 * flops);
}

TEST_F(Explain, NamesTheKernelTheReasonAndWhatWasNotTaken) {
  const Json plan = explained({"xor.yaml"});
  EXPECT_EQ(plan["pass"], "step");
  EXPECT_EQ(plan["batch"], 4);
  const Json linear = node(plan, "linear");
  EXPECT_EQ(linear["layer"], "hidden");
  EXPECT_EQ(linear["phase"], "forward");
  EXPECT_EQ(linear["backend"], "onednn");
  EXPECT_EQ(linear["chosen"], "estimated fastest");
  EXPECT_EQ(linear["flops"], 2 * 4 * 2 * 8);
  EXPECT_EQ(linear["bytes"], 4 * (4 * 2 + 8 * 2 + 8 + 4 * 8));
  bool slower = false, reference = false;
  for (const Json& o : linear["others"]) {
    slower = slower || (o["backend"] == "onednn" && o["reason"] == "estimated slower" &&
                        o["time_us"] > linear["time_us"]);
    reference = reference || (o["backend"] == "reference" && o["reason"] == "no kernel");
  }
  EXPECT_TRUE(slower && reference) << linear;
}

TEST_F(Explain, TellsForwardBackwardAndUpdateApartByLayer) {
  const Json plan = explained({"xor.yaml"});
  const Json back = node(plan, "tanh_grad"), update = node(plan, "adam");
  EXPECT_EQ(back["phase"], "backward");
  EXPECT_EQ(back["layer"], "1");
  EXPECT_EQ(update["phase"], "update");
  EXPECT_EQ(update["layer"], "hidden");
}

TEST_F(Explain, SaysOfWhichOpANodeIsAPart) {
  const Json loss = node(explained({"xor.yaml"}), "formula");
  EXPECT_EQ(loss["origin"], "part of binary_cross_entropy_with_logits (onednn: no kernel)");
}

TEST_F(Explain, MeasuresEveryKernelThatIsOfferedForOperandsAsTheyLie) {
  const Json plan = explained({"xor.yaml", "--measure"});
  EXPECT_EQ(plan["measured"], true);
  for (const Json& n : plan["nodes"]) {
    EXPECT_TRUE(n["time_us"].is_number()) << n;
    for (const Json& o : n["others"]) {
      const bool can_run = o["kernel"] != "" && o["reason"] != "in layouts of its own";
      EXPECT_EQ(o["time_us"].is_number(), can_run) << o;
    }
  }
}

TEST_F(Explain, WarnsOfReferenceKernels) {
  const CommandResult r = run({"explain", "xor.yaml", "--backend", "reference"});
  EXPECT_EQ(r.exit, 0);
  EXPECT_NE(r.err.find("warning: slow reference kernels: "), std::string::npos) << r.err;
  EXPECT_NE(r.out.find("slow: reference kernel"), std::string::npos);
}

TEST_F(Explain, WarnsOfAFallbackWithTheReason) {
  dir_.put("pool.yaml", R"(nnrun: 1
name: pool
backend: {name: [onednn, reference], dtype: float64}
model:
  input_shape: [2, 8, 8]
  layers: [AvgPool2d(2)]
)");
  const Json plan = explained({"pool.yaml"});
  EXPECT_EQ(plan["pass"], "fwd");
  EXPECT_EQ(plan["batch"], 1);
  const Json pool = node(plan, "avg_pool2d");
  EXPECT_EQ(pool["backend"], "reference");
  EXPECT_NE(plan["warnings"].dump().find("op 'avg_pool2d' runs on reference: onednn: "),
            std::string::npos)
      << plan["warnings"];
}

TEST_F(Explain, OfARunRepeatsTheRunsChoices) {
  ASSERT_EQ(run({"train", "spiral.yaml", "-q", "-o", "run", "training.epochs=1"}).exit, 0);
  EXPECT_EQ(node(explained({"run"}), "linear")["chosen"], "as in the run");
}

TEST_F(Explain, ABatchIsANumberOfRows) {
  EXPECT_EQ(explained({"xor.yaml", "--batch", "3"})["batch"], 3);
  expect_clean_failure(run({"explain", "xor.yaml", "--batch", "0"}), 2, "--batch is 0");
}

TEST_F(Explain, DataThatCannotBeReadAreMadeUp) {
  dir_.put("far.yaml", R"(nnrun: 1
name: far
data: {source: {type: npz, path: nowhere.npz, features: x, target: y}}
model:
  input_shape: [4]
  layers: [{type: Linear, out_features: 3}]
training: {loss: CrossEntropyLoss, optimizer: {type: SGD, lr: 0.1}}
)");
  const Json plan = explained({"far.yaml", "--measure"});
  EXPECT_NE(plan["warnings"].dump().find("made-up rows: "), std::string::npos) << plan["warnings"];
}

}  // namespace
}  // namespace nnrun::test
