// `nnrun bench`: what is measured, what is said of it, and when it fails. No time is judged here.
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Bench : public ::testing::Test {
 protected:
  /// Not fused, so that there are layers to tell apart.
  void SetUp() override {
    dir_.put("xor.yaml", run({"new", "xor"}).out + "backend: {fuse: false}\n");
  }
  CommandResult run(const Words& args) const { return run_command(dir_.path(), args); }
  /// Short measurements.
  CommandResult bench(Words args) const {
    args.insert(args.begin(), {"bench", "--duration", "0.01"});
    return run(args);
  }
  Json measured(Words args) const {
    args.push_back("--json");
    const CommandResult r = bench(args);
    EXPECT_EQ(r.exit, 0) << r.err;
    return Json::parse(r.out, nullptr, false);
  }
  TempDir dir_;
};

TEST_F(Bench, GivesTimesThatBelongTogether) {
  const Json j = measured({"xor.yaml"});
  ASSERT_EQ(j["rows"].size(), 1u);
  const Json& r = j["rows"][0];
  EXPECT_EQ(r["model"], "xor");
  EXPECT_EQ(r["backend"], "onednn");
  EXPECT_EQ(r["threads"], 1);
  EXPECT_EQ(r["batch"], 4);
  EXPECT_EQ(r["pass"], "step");
  EXPECT_GT(r["min_ms"], 0);
  EXPECT_LE(r["min_ms"], r["median_ms"]);
  EXPECT_LE(r["median_ms"], r["p90_ms"]);
  EXPECT_LE(r["p90_ms"], r["p99_ms"]);
  EXPECT_GE(r["cv_percent"], 0);
  const double ms = r["median_ms"];
  EXPECT_NEAR(r["samples_per_s"].get<double>(), 4e3 / ms, 1e-6 * 4e3 / ms);
  EXPECT_NEAR(r["gflops"].get<double>(), r["flops"].get<double>() / ms * 1e-6, 1e-9);
  EXPECT_GT(r["gb_per_s"], 0);
  EXPECT_GT(r["peak_mib"], 0);
}

TEST_F(Bench, APassDoesWhatItsNameSays) {
  const Json rows = measured({"xor.yaml", "--pass", "fwd,fwd+bwd,step"})["rows"];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_LT(rows[0]["flops"], rows[1]["flops"]);
  EXPECT_LT(rows[1]["flops"], rows[2]["flops"]);
  // Linear(2, 8), Tanh, Linear(8, 1) of four rows; a multiply-add is two operations.
  EXPECT_EQ(rows[0]["flops"], 4 * (2 * 2 * 8 + 8 + 2 * 8 * 1));
  EXPECT_NE(rows[0]["includes"], rows[1]["includes"]);
}

TEST_F(Bench, LayerTimesAddUpToTheWhole) {
  const Json r = measured({"xor.yaml", "--per-layer"})["rows"][0];
  double sum = 0;
  std::map<std::string, Json> of;
  for (const Json& l : r["layers"]) {
    sum += l["total_ms"].get<double>();
    of[l["layer"]] = l;
  }
  EXPECT_NEAR(sum, r["median_ms"].get<double>(), 0.1 * r["median_ms"].get<double>());
  EXPECT_GT(of["hidden"]["forward_ms"], 0);
  EXPECT_GT(of["hidden"]["backward_ms"], 0);
  EXPECT_GT(of["hidden"]["update_ms"], 0);
  EXPECT_EQ(of["1"]["update_ms"], 0) << "Tanh has no parameters";
}

TEST_F(Bench, TheTableOfLayersBeginsWithTheLongest) {
  const CommandResult r = bench({"xor.yaml", "--per-layer", "-o", "csv"});
  std::vector<double> totals;
  bool in_layers = false;
  for (const std::string& line : lines_of(r.out)) {
    std::istringstream cells(line);
    std::vector<std::string> cell;
    for (std::string c; std::getline(cells, c, ',');) cell.push_back(c);
    if (in_layers && cell.size() == 7 && cell[0] != "total")
      totals.push_back(std::strtod(cell[4].c_str(), nullptr));
    in_layers = in_layers || line.rfind("layer,forward ms", 0) == 0;
  }
  ASSERT_GE(totals.size(), 4u) << r.out;
  EXPECT_TRUE(std::is_sorted(totals.rbegin(), totals.rend())) << r.out;
}

TEST_F(Bench, BackendsAndBatchesMakeARowEach) {
  const CommandResult r =
      bench({"xor.yaml", "--backend", "reference,onednn", "--batch", "1,32", "-o", "md"});
  EXPECT_EQ(r.exit, 0) << r.err;
  const std::vector<std::string> lines = lines_of(r.out);
  ASSERT_EQ(lines.size(), 6u) << r.out;
  EXPECT_EQ(lines[0].rfind("| model | backend | device | pass | threads | batch | median ms |", 0),
            0u);
  EXPECT_EQ(lines[2].rfind("| xor | reference | cpu | step | 1 | 1 |", 0), 0u) << lines[2];
  EXPECT_EQ(lines[5].rfind("| xor | onednn | cpu | step | 1 | 32 |", 0), 0u) << lines[5];
}

TEST_F(Bench, SaysWhatTheTimeIncludesAndWhyNotToTrustIt) {
  const CommandResult r = bench({"xor.yaml", "--threads", "64"});
  EXPECT_NE(r.err.find("step: picking a batch from the model's data"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("warning: 64 threads on "), std::string::npos) << r.err;
}

TEST_F(Bench, AModelWithoutDataOrTrainingIsMeasuredForward) {
  dir_.put("bare.yaml", "nnrun: 1\nname: bare\nmodel: {input_shape: [3], layers: [Softplus]}\n");
  const Json r = measured({"bare.yaml", "--batch", "7"})["rows"][0];
  EXPECT_EQ(r["pass"], "fwd");
  EXPECT_EQ(r["batch"], 7);
  EXPECT_NE(r["warnings"].dump().find("made-up rows: the model file has no `data:`"),
            std::string::npos);
  expect_clean_failure(bench({"bare.yaml", "--pass", "step"}), 3, "no `training:`");
}

TEST_F(Bench, TheTraceHoldsStepsLayersAndOpsOneInTheOther) {
  ASSERT_EQ(bench({"xor.yaml", "--trace", "t.json"}).exit, 0);
  const Json trace = Json::parse(bytes_of(dir_.file("t.json")), nullptr, false);
  ASSERT_TRUE(trace.contains("traceEvents"));
  std::map<std::string, int> kinds;
  std::vector<std::pair<double, double>> open;  // begin and end of the events around
  for (const Json& e : trace["traceEvents"]) {
    if (e["ph"] != "X") continue;
    ++kinds[e["cat"]];
    const double from = e["ts"], to = from + e["dur"].get<double>();
    while (!open.empty() && from + 1e-6 >= open.back().second) open.pop_back();
    if (!open.empty()) {
      EXPECT_LE(to, open.back().second + 1e-6) << e;
    }
    if (e["cat"] != "op") open.push_back({from, to});
  }
  EXPECT_EQ(kinds["step"], 3);
  EXPECT_GE(kinds["layer"], 3 * 5);
  EXPECT_GT(kinds["op"], kinds["layer"]);
}

class Compare : public Bench {
 protected:
  /// A former measurement of the model, with that median.
  void before(double median_ms) const {
    Json j = measured({"xor.yaml"});
    j["rows"][0]["median_ms"] = median_ms;
    dir_.put("old.json", j.dump());
  }
  CommandResult compare(Words more = {}) const {
    more.insert(more.begin(), {"xor.yaml", "--compare", "old.json"});
    return bench(more);
  }
};

TEST_F(Compare, FailsWhenSlowerThanTheLimit) {
  before(1e-9);
  const CommandResult r = compare({"--fail-over", "5%"});
  EXPECT_EQ(r.exit, 7) << r.err;
  EXPECT_NE(r.err.find("nnrun: error: xor on onednn, batch 4, step is slower by "),
            std::string::npos)
      << r.err;
  EXPECT_NE(r.out.find("change %"), std::string::npos) << r.out;
}

TEST_F(Compare, DoesNotFailWhenFasterOrWithoutALimit) {
  before(1e-9);
  EXPECT_EQ(compare().exit, 0);
  before(1e9);
  EXPECT_EQ(compare({"--fail-over", "0"}).exit, 0);
}

TEST_F(Compare, WithAnotherModelIsAnError) {
  before(1);
  const CommandResult r = compare({"name=other", "--fail-over", "5%"});
  EXPECT_EQ(r.exit, 4);
  EXPECT_NE(r.err.find("old.json: has measured nothing of this"), std::string::npos) << r.err;
}

TEST_F(Compare, WithAFileThatIsNoMeasurementIsRefusedAtOnce) {
  dir_.put("old.json", "{\"rows\": 3}");
  expect_clean_failure(compare(), 4, "old.json: not the output of nnrun bench --json");
  dir_.put("old.json", "{\"rows\": [1, {}, {\"model\": \"xor\"");
  expect_clean_failure(compare(), 4, "old.json: not the output");
  expect_clean_failure(bench({"xor.yaml", "--compare", "none.json"}), 4, "none.json: cannot be");
  dir_.put("old.json", "{\"rows\": [1, {}, {\"model\": \"xor\"}]}");
  EXPECT_EQ(compare().exit, 4);
}

TEST_F(Bench, RefusesWhatItCannotMeasure) {
  const std::pair<Words, const char*> wrong[] = {
      {{"--pass", "backward"}, "--pass is 'backward'"},
      {{"--batch", "1,x"}, "--batch is 'x'"},
      {{"--batch", "0"}, "--batch is '0'"},
      {{"--batch", ","}, "--batch is an empty list"},
      {{"-o", "xml"}, "--output is 'xml'"},
      {{"--fail-over", "5%"}, "--fail-over needs"},
      {{"--compare", "o", "--fail-over", "nan"}, "--fail-over is 'nan'"},
      {{"--compare", "o", "--fail-over", "5x"}, "--fail-over is '5x'"},
  };
  for (const auto& [words, text] : wrong) {
    SCOPED_TRACE(text);
    Words args{"xor.yaml"};
    args.insert(args.end(), words.begin(), words.end());
    expect_clean_failure(bench(args), 2, text);
  }
  expect_clean_failure(run({"bench", "xor.yaml", "--duration", "-1"}), 2, "not -1");
  expect_clean_failure(bench({"xor.yaml", "--backend", "onednn,nowhere"}), 5, "nowhere");
  EXPECT_EQ(bench({"xor.yaml", "--trace", "no/such/folder/t.json"}).exit, 4);
}

}  // namespace
}  // namespace nnrun::test
