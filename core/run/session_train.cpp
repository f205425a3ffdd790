#include <chrono>
#include <ctime>

#include <nnrun/version.h>

#include "core/base/file.h"
#include "core/model/effective.h"
#include "core/plugin/plugins.h"
#include "core/run/evaluator.h"
#include "core/run/plan_file.h"
#include "core/run/run_folder.h"
#include "core/run/session_impl.h"
#include "core/run/trainer.h"

namespace nnrun {
namespace {

nlohmann::ordered_json scores_json(const Scores& s) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const auto& [name, v] : s) j[name] = v;
  return j;
}

std::string utc_now() {
  const std::time_t t = std::time(nullptr);
  std::tm tm{};
  ::gmtime_r(&t, &tm);
  char buf[32];
  std::strftime(buf, sizeof buf, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return buf;
}

/// run.json before the first step; what came of it is added at the end.
nlohmann::ordered_json description(const Spec& spec, const PlanOptions& plan, const Dataset& data,
                                   const TrainOptions& options) {
  nlohmann::ordered_json j;
  j["nnrun"] = version();
  j["name"] = spec.name;
  j["command"] = options.command;
  j["started"] = utc_now();
  j["seed"] = spec.seed;
  nlohmann::ordered_json backends = nlohmann::ordered_json::array();
  for (const auto& b : plan.backends) {
    nlohmann::ordered_json one{{"name", b->name()}, {"file", b->file()}};
    for (const DeviceInfo& d : b->devices()) one["device"] = d.name + " (" + d.arch + ")";
    backends.push_back(one);
  }
  j["backends"] = backends;
  j["threads"] = plan.threads;
  j["dtype"] = name_of(spec.backend.dtype);
  nlohmann::ordered_json plugins = nlohmann::ordered_json::array();
  for (const PluginInfo& p : loaded_plugins()) {
    plugins.push_back(
        {{"name", p.name}, {"version", p.version}, {"file", p.file}, {"sha256", p.sha256}});
  }
  j["plugins"] = plugins;
  j["rows"] = {
      {"train", data.train.count()}, {"val", data.val.count()}, {"test", data.test.count()}};
  j["data"] =
      to_json(DataMeta{data.feature_names, data.target_names, data.classes, data.normalization});
  return j;
}

}  // namespace

TrainResult Session::train(const TrainOptions& options) {
  Impl& i = *impl_;
  i.training("train");
  PlanOptions plan = i.plan_options(options.on_note);
  const Dataset data = i.load_data();
  const RunGraphs graphs = i.graphs(data.normalization, data.train.targets);

  const bool resume = !options.resume.empty();
  State state;
  if (resume || !options.weights.empty()) {
    // Made now, so that a file's tensors are checked against the model before anything else.
    Session::Impl fresh = i;
    fresh.run.clear();
    state = fresh.weights();
    if (!options.weights.empty()) load_model(options.weights, state);
  }
  const RunFolder run = resume ? RunFolder::existing(options.resume)
                        : options.out_dir.empty()
                            ? RunFolder::next(i.spec.output.dir, i.spec.name)
                            : RunFolder::exact(options.out_dir, options.overwrite);
  if (resume) plan.stored = load_plan(run, plan, options.on_note);
  nlohmann::ordered_json record = description(i.spec, plan, data, options);
  bool started = false;
  TrainerInput in{i.spec, data, graphs, plan, state, run, resume, options, [&] {
                    if (options.overwrite && !resume) run.clear();
                    atomic_write(run.file("config.yaml"), to_yaml(i.spec));
                    atomic_write(run.file("run.json"), record.dump(2) + "\n");
                    started = true;
                  }};
  TrainResult r;
  try {
    r = nnrun::train(in);
  } catch (...) {
    if (!started && !resume) run.discard();
    throw;
  }
  // From here on the session is the run that it made.
  if (i.run != run.path() || !r.already_finished) {
    i.run = run.path();
    i.meta = data_meta(record.at("data"));
    i.memory_run.reset();
    i.predictors.clear();
    i.predicted.reset();
  }
  if (r.already_finished) return r;
  record["result"] = {
      {"interrupted", r.interrupted}, {"epochs", r.epochs},         {"steps", r.steps},
      {"seconds", r.seconds},         {"best_epoch", r.best_epoch}, {"train", scores_json(r.train)},
      {"val", scores_json(r.val)},    {"test", scores_json(r.test)}};
  atomic_write(run.file("run.json"), record.dump(2) + "\n");
  return r;
}

}  // namespace nnrun
