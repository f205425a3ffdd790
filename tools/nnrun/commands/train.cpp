#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tools/nnrun/command.h"
#include "tools/nnrun/terminal.h"

namespace nnrun::cli {
namespace {

std::atomic<int> stop_signal{0};

/// The first signal finishes the step and saves; a second one ends at once.
void on_signal(int s) {
  if (stop_signal.exchange(s) != 0) std::_Exit(128 + s);
}

std::string clock(double seconds) {
  const long s = seconds > 0 ? long(seconds + 0.5) : 0;
  char buf[40];
  if (s >= 3600) {
    std::snprintf(buf, sizeof buf, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  } else {
    std::snprintf(buf, sizeof buf, "%ld:%02ld", s / 60, s % 60);
  }
  return buf;
}

std::string epoch_line(const EpochReport& e) {
  std::string s = "epoch " + std::to_string(e.epoch) + "/" + std::to_string(e.epochs) + "  " +
                  score_text("loss", e.loss);
  if (e.val_loss) s += "  " + score_text("val_loss", *e.val_loss);
  for (const auto& [name, v] : e.metrics) s += "  " + score_text(name, v);
  return s + "  lr " + number(e.lr) + "  " + number(e.seconds, "%.2f") + " s  eta " +
         clock(e.eta_seconds);
}

std::string bar_line(const ProgressReport& p) {
  constexpr int kWidth = 24;
  const double done = p.steps_per_epoch > 0 ? double(p.step) / double(p.steps_per_epoch) : 1;
  const int full = int(done * kWidth);
  return "epoch " + std::to_string(p.epoch) + "/" + std::to_string(p.epochs) + " [" +
         std::string(size_t(full), '#') + std::string(size_t(kWidth - full), '.') + "]  " +
         score_text("loss", p.loss) + "  " + number(p.samples_per_second, "%.0f") +
         " samples/s  eta " + clock(p.eta_seconds);
}

/// One line an epoch in a file; where a person watches, as many as they can read.
class EpochLines {
 public:
  void operator()(const EpochReport& e) {
    const auto now = std::chrono::steady_clock::now();
    const bool last = e.epoch == e.epochs;
    if (terminal().progress && !last && now - shown_ < std::chrono::milliseconds(200)) {
      progress_line(epoch_line(e));
      return;
    }
    // Many fast epochs: as often as metrics are kept.
    const int64_t n = e.epoch;
    if (!terminal().progress && !last && n > 1000 && (n > 10000 ? n % 100 : n % 10) != 0) return;
    shown_ = now;
    say(epoch_line(e));
  }

 private:
  std::chrono::steady_clock::time_point shown_{};
};

int finish(const TrainResult& r, const Args& a) {
  const bool quick = a.has("quick");
  if (a.json) {
    nlohmann::ordered_json j;
    j["ok"] = r.interrupted == 0;
    j["run"] = r.run;
    j["epochs"] = r.epochs;
    j["steps"] = r.steps;
    j["seconds"] = r.seconds;
    j["best_epoch"] = r.best_epoch;
    j["train"] = to_json(r.train);
    j["val"] = to_json(r.val);
    j["test"] = to_json(r.test);
    print(j.dump() + "\n");
  }
  if (r.interrupted != 0 && r.complete) {
    say("interrupted while scoring; the run is complete. Scores: nnrun eval " + r.run);
    return 128 + r.interrupted;
  }
  if (r.interrupted != 0) {
    say("interrupted in epoch " + std::to_string(r.epochs + 1) +
        "; saved. Go on with: nnrun train --resume " + r.run);
    return 128 + r.interrupted;
  }
  if (r.already_finished) {
    say(r.run + " is finished already: " + std::to_string(r.epochs) + " epochs");
    return 0;
  }
  if (!a.quiet) {
    if (r.best_epoch > 0) say("best epoch: " + std::to_string(r.best_epoch));
    if (!quick) say("next: nnrun eval " + r.run + ", nnrun predict " + r.run);
  }
  if (!a.json) {
    const Scores& scores = !r.test.empty() ? r.test : !r.val.empty() ? r.val : r.train;
    std::string line = r.run;
    for (const auto& [name, v] : scores) line += "  " + score_text(name, v);
    print(line + "  epochs " + std::to_string(r.epochs) + "\n");
  }
  return 0;
}

int train(const Args& a) {
  TrainOptions o;
  o.out_dir = a.get<std::string>("output", "");
  o.overwrite = a.has("overwrite");
  o.resume = a.get<std::string>("resume", "");
  o.weights = a.get<std::string>("weights", "");
  o.quick = a.get<int64_t>("quick", 0);
  o.overfit = a.get<int64_t>("overfit", 0);
  o.max_seconds = a.get<double>("max-time", 0);
  o.command = a.command_line;
  o.stop = &stop_signal;
  if (!a.quiet) {
    o.on_epoch = EpochLines();
    o.on_note = say;
    if (terminal().progress)
      o.on_progress = [](const ProgressReport& p) { progress_line(bar_line(p)); };
  }
  if ((a.has("quick") && o.quick < 1) || (a.has("overfit") && o.overfit < 1) || o.max_seconds < 0) {
    throw Error(Code::usage, "--quick, --overfit and --max-time take numbers of at least 1");
  }
  if (o.resume.empty() == a.positional.empty()) {
    throw Error(Code::usage, "give a model file, or --resume RUN and no file");
  }
  Session s = Session::load(o.resume.empty() ? a.positional[0] : o.resume, a.open);
  show_warnings(s, a);

  for (int s : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(s, on_signal) == SIG_IGN && s == SIGHUP) std::signal(s, SIG_IGN);  // nohup
  }
  const TrainResult r = s.train(o);
  progress_line("");
  return finish(r, a);
}

}  // namespace

Command command_train() {
  Command c;
  c.name = "train";
  c.summary = "train a model and leave the result in a run folder";
  c.usage = "train FILE | --resume RUN  [-o DIR] [options] [key=value ...]";
  c.more =
      "  nnrun train xor.yaml\n"
      "  nnrun train mlp.yaml training.epochs=3 training.optimizer.lr=0.01\n"
      "  nnrun train --resume runs/mlp-001\n";
  c.max_positional = 1;
  c.options = [](po::options_description& d) {
    d.add_options()("output,o", po::value<std::string>()->value_name("DIR"),
                    "exactly this run folder")(
        "overwrite", "the folder may hold a former run, which is removed")(
        "resume", po::value<std::string>()->value_name("RUN"),
        "go on with a run from its newest checkpoint")("weights",
                                                       po::value<std::string>()->value_name("FILE"),
                                                       "start from these weights (safetensors)")(
        "quick", po::value<int64_t>()->implicit_value(20)->value_name("N"),
        "stop after N steps (20): does it all work?")(
        "overfit", po::value<int64_t>()->value_name("N"), "train on the first N rows alone")(
        "max-time", po::value<double>()->value_name("SECONDS"), "stop after this time, and save");
  };
  c.run = train;
  return c;
}

}  // namespace nnrun::cli
