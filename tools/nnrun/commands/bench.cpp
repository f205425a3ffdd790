#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tools/nnrun/command.h"
#include "tools/nnrun/terminal.h"

namespace nnrun::cli {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

/// What the words of the command line ask for.
struct BenchPlan {
  std::vector<std::string> backends;  // none: that of the model file
  std::vector<int64_t> batches;
  std::vector<std::string> passes;  // none: the step, or the forward pass without `training:`
  std::string format;
  double fail_over = 0;  // a share
};

std::vector<std::string> list_of(const Args& a, const char* option) {
  if (!a.has(option)) return {};
  std::vector<std::string> r;
  std::istringstream in(a.get<std::string>(option));
  for (std::string word; std::getline(in, word, ',');) {
    if (!word.empty()) r.push_back(word);
  }
  if (r.empty()) throw Error(Code::usage, std::string("--") + option + " is an empty list");
  return r;
}

BenchPlan bench_plan(const Args& a) {
  BenchPlan p;
  p.backends = list_of(a, "backend");
  p.passes = list_of(a, "pass");
  for (const std::string& pass : p.passes) {
    if (pass != "fwd" && pass != "fwd+bwd" && pass != "step")
      throw Error(Code::usage, "--pass is '" + pass + "', expected fwd, fwd+bwd or step");
  }
  p.batches = {0};
  if (a.has("batch")) p.batches.clear();
  for (const std::string& word : list_of(a, "batch")) {
    char* end = nullptr;
    const long long n = std::strtoll(word.c_str(), &end, 10);
    if (*end != '\0' || n < 1 || n > 1'000'000'000)
      throw Error(Code::usage, "--batch is '" + word + "', expected numbers of rows");
    p.batches.push_back(n);
  }
  p.format = a.json ? "json" : a.get<std::string>("output", "table");
  if (p.format != "table" && p.format != "md" && p.format != "csv" && p.format != "json")
    throw Error(Code::usage,
                "--output is '" + p.format + "', expected one of: table, md, csv, json");
  const std::string limit = a.get<std::string>("fail-over", "");
  if (!limit.empty()) {
    char* end = nullptr;
    const double percent = std::strtod(limit.c_str(), &end);
    const std::string unit = end;
    if (end == limit.c_str() || (unit != "" && unit != "%") || !(percent >= 0) ||
        !std::isfinite(percent))
      throw Error(Code::usage, "--fail-over is '" + limit + "', expected a percentage like 5%");
    p.fail_over = percent / 100;
  }
  if (a.has("fail-over") && !a.has("compare"))
    throw Error(Code::usage, "--fail-over needs a measurement to compare with: --compare OLD.json");
  return p;
}

/// A result beside the one it is compared with.
struct Measured {
  std::string model;
  BenchResult r;
  double before_ms = 0;  // 0: none
  double change() const { return r.median_ms / before_ms - 1; }
};

Json layers_json(const BenchResult& r) {
  Json layers = Json::array();
  for (const LayerTime& l : r.layers) {
    layers.push_back({{"layer", l.layer},
                      {"forward_ms", l.forward_ms},
                      {"backward_ms", l.backward_ms},
                      {"update_ms", l.update_ms},
                      {"total_ms", l.total_ms()},
                      {"percent", 100 * l.total_ms() / r.median_ms},
                      {"gflops", l.total_ms() > 0 ? l.flops / l.total_ms() * 1e-6 : 0},
                      {"gb_per_s", l.total_ms() > 0 ? l.bytes / l.total_ms() * 1e-6 : 0}});
  }
  return layers;
}

Json row_json(const Measured& m, bool per_layer) {
  const BenchResult& r = m.r;
  Json j{{"model", m.model},
         {"backend", r.backend},
         {"device", r.device},
         {"threads", r.threads},
         {"batch", r.batch},
         {"pass", r.pass},
         {"median_ms", r.median_ms},
         {"p90_ms", r.p90_ms},
         {"p99_ms", r.p99_ms},
         {"min_ms", r.min_ms},
         {"mean_ms", r.mean_ms},
         {"cv_percent", r.cv_percent},
         {"samples", r.samples},
         {"runs_per_sample", r.runs_per_sample},
         {"samples_per_s", r.samples_per_second()},
         {"flops", r.flops},
         {"bytes", r.bytes},
         {"gflops", r.gflops()},
         {"gb_per_s", r.gbytes_per_second()},
         {"peak_mib", r.peak_bytes / (1 << 20)},
         {"includes", r.includes},
         {"warnings", r.warnings}};
  if (m.before_ms > 0) {
    j["before_ms"] = m.before_ms;
    j["change_percent"] = 100 * m.change();
  }
  if (per_layer) j["layers"] = layers_json(r);
  return j;
}

Rows result_rows(const std::vector<Measured>& all) {
  const bool compared =
      std::any_of(all.begin(), all.end(), [](const Measured& m) { return m.before_ms > 0; });
  Rows rows{{"model", "backend", "device", "pass", "threads", "batch", "median ms", "p90", "p99",
             "+-%", "samples/s", "GFLOP/s", "GB/s", "peak MiB"}};
  if (compared) rows[0].insert(rows[0].end(), {"before ms", "change %"});
  for (const Measured& m : all) {
    const BenchResult& r = m.r;
    rows.push_back({m.model, r.backend, r.device, r.pass, std::to_string(r.threads),
                    std::to_string(r.batch), number(r.median_ms), number(r.p90_ms),
                    number(r.p99_ms), number(r.cv_percent, "%.1f"), number(r.samples_per_second()),
                    number(r.gflops()), number(r.gbytes_per_second()),
                    number(r.peak_bytes / (1 << 20))});
    if (!compared) continue;
    rows.back().push_back(m.before_ms > 0 ? number(m.before_ms) : "-");
    rows.back().push_back(m.before_ms > 0 ? number(100 * m.change(), "%+.1f") : "-");
  }
  return rows;
}

/// Sorted, the longest first, and their sum.
Rows layer_rows(const BenchResult& r) {
  Rows rows{{"layer", "forward ms", "backward ms", "update ms", "total ms", "%", "GFLOP/s"}};
  std::vector<LayerTime> layers = r.layers;
  std::stable_sort(layers.begin(), layers.end(), [](const LayerTime& a, const LayerTime& b) {
    return a.total_ms() > b.total_ms();
  });
  LayerTime sum;
  const auto add = [&](const LayerTime& l, const std::string& name) {
    const auto cell = [](double v) { return v > 0 ? number(v, "%.3g") : "-"; };
    rows.push_back({name, cell(l.forward_ms), cell(l.backward_ms), cell(l.update_ms),
                    cell(l.total_ms()), number(100 * l.total_ms() / r.median_ms, "%.1f"),
                    cell(l.total_ms() > 0 ? l.flops / l.total_ms() * 1e-6 : 0)});
  };
  for (const LayerTime& l : layers) {
    add(l, l.layer.empty() ? "(batch, sums)" : l.layer);
    sum.forward_ms += l.forward_ms;
    sum.backward_ms += l.backward_ms;
    sum.update_ms += l.update_ms;
    sum.flops += l.flops;
  }
  add(sum, "total");
  return rows;
}

std::string markdown(const Rows& rows, size_t left) {
  std::string s;
  for (size_t k = 0; k < rows.size(); ++k) {
    for (const std::string& cell : rows[k]) s += "| " + cell + " ";
    s += "|\n";
    if (k != 0) continue;
    for (size_t i = 0; i < rows[0].size(); ++i) s += i < left ? "|---" : "|--:";
    s += "|\n";
  }
  return s;
}

std::string csv(const Rows& rows) {
  std::string s;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool quoted = row[i].find_first_of(",\"\n") != std::string::npos;
      std::string cell = row[i];
      for (size_t at = 0; quoted && (at = cell.find('"', at)) != std::string::npos; at += 2)
        cell.insert(at, "\"");
      s += (i ? "," : "") + (quoted ? "\"" + cell + "\"" : cell);
    }
    s += "\n";
  }
  return s;
}

std::string in_format(const BenchPlan& p, const Rows& rows, size_t left) {
  return p.format == "md"    ? markdown(rows, left)
         : p.format == "csv" ? csv(rows)
                             : table(rows, left);
}

/// Chrome's trace format: a step holds layers, a layer its ops; times in microseconds.
Json trace_json(const std::vector<Measured>& all) {
  Json events = Json::array();
  int pid = 0;
  for (const Measured& m : all) {
    ++pid;
    events.push_back({{"ph", "M"},
                      {"name", "process_name"},
                      {"pid", pid},
                      {"tid", 1},
                      {"args",
                       {{"name", m.model + " " + m.r.backend + " batch " +
                                     std::to_string(m.r.batch) + " " + m.r.pass}}}});
    const std::vector<TraceEvent>& t = m.r.trace;
    const auto add = [&](const std::string& name, const char* kind, double from, double to,
                         Json args) {
      events.push_back({{"ph", "X"},
                        {"name", name},
                        {"cat", kind},
                        {"pid", pid},
                        {"tid", 1},
                        {"ts", from},
                        {"dur", to - from},
                        {"args", std::move(args)}});
    };
    /// From event k on, as long as `same` holds.
    const auto end_of = [&](size_t k, auto same) {
      size_t last = k;
      while (last + 1 < t.size() && same(t[last + 1])) ++last;
      return t[last].start_us + t[last].duration_us;
    };
    for (size_t k = 0; k < t.size(); ++k) {
      const TraceEvent& e = t[k];
      const auto same_step = [&](const TraceEvent& x) { return x.step == e.step; };
      const auto same_layer = [&](const TraceEvent& x) {
        return same_step(x) && x.layer == e.layer && x.phase == e.phase;
      };
      if (k == 0 || !same_step(t[k - 1]))
        add(m.r.pass + " " + std::to_string(e.step + 1), "step", e.start_us, end_of(k, same_step),
            Json::object());
      if (k == 0 || !same_layer(t[k - 1]))
        add((e.layer.empty() ? "(batch, sums)" : e.layer) + " " + e.phase, "layer", e.start_us,
            end_of(k, same_layer), Json::object());
      add(e.op, "op", e.start_us, e.start_us + e.duration_us,
          {{"kernel", e.kernel}, {"operands", e.operands}});
    }
  }
  return {{"traceEvents", events}, {"displayTimeUnit", "ns"}};
}

void write_trace(const std::string& path, const std::vector<Measured>& all) {
  std::ofstream out(path, std::ios::binary);
  out << trace_json(all).dump() << "\n";
  out.close();
  if (!out) throw Error(Code::data, path + ": cannot be written");
}

/// The rows of a former `bench --json`.
Json former_rows(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(Code::data, path + ": cannot be read");
  const Json j = Json::parse(in, nullptr, false);
  if (j.is_object() && j.contains("rows") && j["rows"].is_array()) return j["rows"];
  throw Error(Code::data, path + ": not the output of nnrun bench --json");
}

/// The median of the row that measured the same; 0: there is none.
double former_median(const Json& rows, const Measured& m, const std::string& path) {
  const Json now = row_json(m, false);
  for (const Json& row : rows) {
    const auto same = [&](const char* key) {
      return row.is_object() && row.contains(key) && row[key] == now[key];
    };
    if (!same("model") || !same("backend") || !same("device") || !same("threads") ||
        !same("batch") || !same("pass"))
      continue;
    if (row.contains("median_ms") && row["median_ms"].is_number() && row["median_ms"] > 0)
      return row["median_ms"].get<double>();
    throw Error(Code::data, path + ": a row has no median_ms");
  }
  return 0;
}

std::string described(const Measured& m) {
  return m.model + " on " + m.r.backend + ", batch " + std::to_string(m.r.batch) + ", " + m.r.pass;
}

std::vector<Measured> measure(const Args& a, const BenchPlan& p) {
  std::vector<Measured> all;
  std::vector<OpenOptions> opens(std::max<size_t>(p.backends.size(), 1), a.open);
  for (size_t k = 0; k < p.backends.size(); ++k) set_backend(opens[k], p.backends[k]);
  for (const OpenOptions& open : opens) {
    const Session s = Session::load(a.positional.at(0), open);
    if (&open == &opens[0]) show_warnings(s, a);
    const bool trains = s.can_train();
    for (const int64_t batch : p.batches) {
      for (const std::string& pass :
           p.passes.empty() ? std::vector<std::string>{trains ? "step" : "fwd"} : p.passes) {
        BenchOptions o;
        o.pass = pass;
        o.batch = batch;
        o.seconds = a.get<double>("duration", 1);
        o.per_layer = a.has("per-layer");
        o.trace = a.has("trace");
        progress_line("bench " + s.name() + " " + pass);
        all.push_back({s.name(), s.bench(o)});
      }
    }
  }
  progress_line("");
  return all;
}

std::string result_text(const std::vector<Measured>& all, const BenchPlan& p, bool per_layer) {
  if (p.format == "json") {
    Json rows = Json::array();
    for (const Measured& m : all) rows.push_back(row_json(m, per_layer));
    return Json{{"ok", true}, {"nnrun", version()}, {"rows", rows}}.dump() + "\n";
  }
  std::string s = in_format(p, result_rows(all), 4);
  for (const Measured& m : all) {
    if (per_layer) s += "\n" + described(m) + "\n\n" + in_format(p, layer_rows(m.r), 1);
  }
  return s;
}

int bench(const Args& a) {
  const BenchPlan p = bench_plan(a);
  const std::string old = a.get<std::string>("compare", "");
  const Json before = a.has("compare") ? former_rows(old) : Json::array();
  std::vector<Measured> all = measure(a, p);
  for (Measured& m : all) m.before_ms = former_median(before, m, old);

  print(result_text(all, p, a.has("per-layer")));
  if (a.has("trace")) write_trace(a.get<std::string>("trace"), all);
  std::vector<std::string> lines;
  const auto tell = [&](const std::string& line) {
    if (!a.quiet && std::find(lines.begin(), lines.end(), line) == lines.end()) say(line);
    lines.push_back(line);
  };
  for (const Measured& m : all) tell(m.r.includes);
  for (const Measured& m : all) {
    const std::string which = all.size() > 1 ? described(m) + ": " : "";
    for (const std::string& w : m.r.warnings) tell("nnrun: warning: " + which + w);
    if (a.has("compare") && m.before_ms == 0)
      tell("nnrun: warning: " + old + " has no row of " + described(m) + ", threads " +
           std::to_string(m.r.threads));
  }
  if (a.has("compare") &&
      std::none_of(all.begin(), all.end(), [](const Measured& m) { return m.before_ms > 0; }))
    throw Error(Code::data, old + ": has measured nothing of this");
  for (const Measured& m : all) {
    if (!a.has("fail-over") || m.before_ms == 0 || m.change() <= p.fail_over) continue;
    throw Error(Code::check, described(m) + " is slower by " + number(100 * m.change(), "%.1f") +
                                 " %: " + number(m.r.median_ms) + " ms, before " +
                                 number(m.before_ms) + " ms");
  }
  return 0;
}

}  // namespace

Command command_bench() {
  Command c;
  c.name = "bench";
  c.summary = "measure how long a pass takes, as a whole and by layers";
  c.usage = "bench FILE|RUN [--pass P,...] [--backend B,...] [--batch N,...] [options]";
  c.more =
      "A row for each backend, batch and pass: fwd (a prediction), fwd+bwd (loss and gradients "
      "too),\n"
      "step (a whole training step). The model's data are used, or made-up rows where there are "
      "none.\n"
      "GFLOP/s count a multiply-add as two; GB/s the operands and results of each op; +-% is the\n"
      "standard deviation of the samples; peak MiB holds state, values and workspace.\n\n"
      "  nnrun bench mlp.yaml --per-layer\n"
      "  nnrun bench mlp.yaml --backend reference,onednn --batch 1,32 -o md\n"
      "  nnrun bench mlp.yaml --json > old.json\n"
      "  nnrun bench mlp.yaml --compare old.json --fail-over 5%\n";
  c.min_positional = c.max_positional = 1;
  c.backend_list = true;
  c.options = [](po::options_description& d) {
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
    d.add_options()("pass", text("P,..."), "fwd, fwd+bwd, step (step; fwd without training:)")(
        "batch", text("N,..."), "rows of a batch (training.batch_size)")(
        "duration", po::value<double>()->value_name("SECONDS"), "to measure each row for (1)")(
        "per-layer", "the time of each layer: forward, backward, update")(
        "trace", text("FILE"), "a few steps as a Chrome trace (chrome://tracing, Perfetto)")(
        "compare", text("OLD.json"), "beside the medians of a former --json")(
        "fail-over", text("PERCENT"), "with --compare: exit 7 when a row is slower by more")(
        "output,o", text("FORMAT"), "table, md, csv or json");
  };
  c.run = bench;
  return c;
}

}  // namespace nnrun::cli
