// Timing kernels: what is kept on disk, and that choices follow it.
#include "core/plan/measure.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

#include "core/plan/layout.h"
#include "tests/support/arrays.h"
#include "tests/support/files.h"

namespace nnrun::test {
namespace {

class MeasureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* v = std::getenv("XDG_CACHE_HOME")) before_ = v;
    ::setenv("XDG_CACHE_HOME", dir_.path().c_str(), 1);
    options_.measure_ms = 5000;
    GraphBuilder b(graph_);
    b.layer = "one";
    const Type x{DType::float32, {4, 64, 14, 14}}, w{DType::float32, {64, 64, 3, 3}};
    graph_.outputs["y"] =
        b.call1("conv2d", {b.var(graph_.add_input("x", x)), b.var(graph_.add_input("w", w))},
                {{"padding", Ints{1, 1}}})
            .id;
  }
  void TearDown() override {
    before_.empty() ? ::unsetenv("XDG_CACHE_HOME") : ::setenv("XDG_CACHE_HOME", before_.c_str(), 1);
  }
  std::vector<std::filesystem::path> kept() const {
    std::vector<std::filesystem::path> r;
    const auto folder = std::filesystem::path(dir_.path()) / "nnrun/kernels";
    if (!std::filesystem::exists(folder)) return r;
    for (const auto& e : std::filesystem::directory_iterator(folder)) r.push_back(e.path());
    return r;
  }
  std::string bytes() const { return bytes_of(kept().at(0)); }
  void put(const std::string& text) { std::ofstream(kept().at(0)) << text; }
  /// All products that are offered, timed.
  std::map<std::string, double> times() {
    const Program p = place(graph_, options_);
    std::map<std::string, double> r;
    Measure m(options_);
    for (const KernelOffer& o : p.nodes.at(0).ways) {
      if (const auto ns = m.time(p, p.nodes[0], o)) r[o.impl] = *ns;
    }
    return r;
  }
  std::string chosen() const {
    for (const PlannedNode& n : choose_layouts(place(graph_, options_), options_).nodes) {
      if (n.op == "conv2d") return n.choice.impl;
    }
    return "";
  }

  TempDir dir_;
  std::string before_;
  Graph graph_;
  PlanOptions options_ = on({"onednn", "reference"});
};

TEST_F(MeasureTest, WhatWasTimedIsKeptAndNotTimedAgain) {
  const auto first = times();
  ASSERT_GE(first.size(), 3u);
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_EQ(times(), first);
}

TEST_F(MeasureTest, TheKeptTimesDecide) {
  times();
  double least = std::numeric_limits<double>::infinity();
  const Program p = place(graph_, options_);
  for (const KernelOffer& o : p.nodes.at(0).ways) least = std::min(least, o.est_ns);
  int open = 0;
  for (const KernelOffer& o : p.nodes.at(0).ways) {
    if (o.est_ns > 2 * least) continue;  // known to be slow: its time is not asked for
    ++open;
    const std::string& impl = o.impl;
    nlohmann::json j = nlohmann::json::parse(bytes());
    // Long beside reorders, whose times are not among these: they stay estimates.
    for (auto& [key, t] : j["ns"].items())
      t = key.find(" " + impl + " ") != std::string::npos ? 1e6 : 1e12;
    put(j.dump());
    EXPECT_EQ(chosen(), impl);
  }
  EXPECT_GE(open, 2);
}

TEST_F(MeasureTest, ADamagedFileAndOneOfAnotherMachineArePassedOver) {
  const auto first = times();
  nlohmann::json j = nlohmann::json::parse(bytes());
  j["backend"] = "another";
  for (auto& [key, t] : j["ns"].items()) t = 1e9;
  for (const std::string& text : {std::string("{\"ns\": 3"), std::string("[]"), j.dump(),
                                  std::string("{\"backend\": 1, \"ns\": {\"a\": \"b\"}}")}) {
    put(text);
    for (const auto& [impl, ns] : times()) EXPECT_LT(ns, 1e9) << impl;
    EXPECT_NE(bytes(), text);
  }
}

TEST_F(MeasureTest, WithoutTimeNothingIsTimedOrWritten) {
  options_.measure_ms = 0;
  EXPECT_TRUE(times().empty());
  chosen();
  EXPECT_TRUE(kept().empty());
}

TEST_F(MeasureTest, NothingIsKeptWhereThereIsNoPlaceForIt) {
  ::setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  EXPECT_GE(times().size(), 3u);
}

}  // namespace
}  // namespace nnrun::test
