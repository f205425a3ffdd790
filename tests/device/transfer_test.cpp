// Plans of a backend whose memory is not the host's, and of the reference backend for what that
// lacks (backend.cpp): what is copied between the two.
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

/// The plan's ops, in order.
std::string ops(const Plan& p) {
  std::string r;
  for (const PlannedNode& n : p.program().nodes) r += (r.empty() ? "" : " ") + n.op;
  return r;
}

class Transfers : public ::testing::Test {
 protected:
  Transfers() {
    SearchPath path;
    path.command_line =
        std::vector<std::string>{NNRUN_BINARY_DIR "/tests/device", NNRUN_MODULE_DIR};
    set_search_path(path);
  }
  Net net_;
  std::map<std::string, Array> memory_;
  std::unique_ptr<Plan> plan() {
    memory_ = net_.copies();
    return net_.plan(on({"sealed_few", "reference"}), memory_);
  }
};

TEST_F(Transfers, AValueWithTwoReadersElsewhereIsTransferredOnce) {
  const Var x = net_.b.call1("exp", {net_.input("x", {2, 3})});
  const Var a = net_.b.call1("tanh", {x}), b = net_.b.call1("sigmoid", {x});
  net_.graph.outputs["y"] = (a * b).id;
  const auto p = plan();
  EXPECT_EQ(ops(*p), "exp transfer tanh sigmoid transfer transfer mul");
  p->run();
  const Array &in = net_.arrays.at("x"), out = p->output("y");
  for (int64_t i = 0; i < in.numel(); ++i) {
    const double e = std::exp(in.at(i));
    EXPECT_NEAR(out.at(i), std::tanh(e) / (1 + std::exp(-e)), 1e-6);
  }
}

TEST_F(Transfers, AnInputThatIsReadOnBothSidesComesFromTheHostToEach) {
  const Var x = net_.input("x", {2, 3});
  net_.graph.outputs["y"] = net_.b.call1("tanh", {x}).id;
  net_.graph.outputs["z"] = net_.b.call1("exp", {x}).id;
  const auto p = plan();
  EXPECT_EQ(ops(*p), "tanh exp");
  p->run();
  EXPECT_NEAR(p->output("y").at(4), std::tanh(net_.arrays.at("x").at(4)), 1e-6);
  EXPECT_NEAR(p->output("z").at(4), std::exp(net_.arrays.at("x").at(4)), 1e-6);
}

TEST_F(Transfers, StateThatANextBackendComputesGoesBackToTheDevice) {
  const Var w = net_.parameter("w", {4});
  net_.graph.writes.push_back({w.id, net_.b.call1("tanh", {w}).id});
  net_.graph.outputs["y"] = net_.b.call1("exp", {w}).id;
  const auto p = plan();
  EXPECT_EQ(ops(*p), "transfer tanh exp transfer");
  p->run(2);
  p->export_state();
  const Array& w0 = net_.arrays.at("w");
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(memory_.at("w").at(i), std::tanh(std::tanh(w0.at(i))), 1e-6);
    EXPECT_NEAR(p->output("y").at(i), std::exp(std::tanh(w0.at(i))), 1e-6);
  }
}

TEST_F(Transfers, StateThatTheHostWroteAfterAnExportIsTaken) {
  const Var w = net_.parameter("w", {4});
  net_.graph.writes.push_back({w.id, (w + w).id});
  const auto p = plan();
  p->run();
  p->export_state();
  for (int i = 0; i < 4; ++i) memory_.at("w").data<float>()[i] += 1;
  p->run();
  p->export_state();
  const Array& w0 = net_.arrays.at("w");
  for (int i = 0; i < 4; ++i)
    EXPECT_FLOAT_EQ(memory_.at("w").data<float>()[i], 2 * (2 * w0.data<float>()[i] + 1));
}

}  // namespace
}  // namespace nnrun::test
