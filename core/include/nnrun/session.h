// Session: a model file, opened. It trains, evaluates, predicts and shows; it is what the command
// `nnrun` is made of, and what a program uses to embed a model.
//
//   nnrun::Session s = nnrun::Session::load("xor.yaml");
//   nnrun::TrainResult r = s.train();
//   nnrun::Tensor y = s.predict(nnrun::tensor({{0.0, 1.0}}));
//
// Every function throws nnrun::Error. A session belongs to one thread at a time; several sessions
// may run on several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nnrun/bench.h>
#include <nnrun/diagnostics.h>
#include <nnrun/error.h>
#include <nnrun/explain.h>
#include <nnrun/tensor.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

/// What a caller adds to a model file.
struct OpenOptions {
  std::vector<std::string> overrides;  // "training.epochs=3", "~training.scheduler", in order
  std::vector<std::string> overlays;   // YAML files laid over the model file, in order
  std::vector<std::string> plugins;    // names or files, "libswish.so@sha256:HEX"
  std::vector<std::string> plugin_path;
  bool require_pinned = false;  // every plug-in file needs a sha256
  bool warnings_are_errors = false;
};

struct LayerInfo {
  std::string name, type, arguments;
  std::vector<int64_t> in, out;  // shapes with the batch dimension as -1
  int64_t parameters = 0;
  int depth = 0;
};

using Scores = std::vector<std::pair<std::string, double>>;  // "loss", "accuracy", ... in order

struct EpochReport {
  int64_t epoch = 0, epochs = 0, steps = 0;
  double loss = 0, lr = 0;
  std::optional<double> val_loss;
  Scores metrics;
  double seconds = 0;      // of this epoch, validation included
  double eta_seconds = 0;  // to the last epoch
};
struct ProgressReport {
  int64_t epoch = 0, epochs = 0, step = 0, steps_per_epoch = 0;
  double loss = 0, samples_per_second = 0, eta_seconds = 0;
};

struct TrainOptions {
  std::string out_dir;  // exact run folder; "": the next free <output.dir>/<name>-NNN
  bool overwrite = false;
  std::string resume;      // a run folder to go on with; out_dir is not used then
  std::string weights;     // start from a safetensors file
  int64_t quick = 0;       // > 0: this many steps in all, checks that everything works
  int64_t overfit = 0;     // > 0: train on the first N rows alone
  double max_seconds = 0;  // > 0: stop after this time as if interrupted, exit as finished
  std::string command;     // for run.json
  const std::atomic<int>* stop = nullptr;  // a signal number: finish the step, save, return
  std::function<void(const EpochReport&)> on_epoch;
  std::function<void(int64_t step, double loss)> on_step;  // after each, from 1: its batch's loss
  std::function<void(const ProgressReport&)> on_progress;  // at most every 50 ms
  std::function<void(const std::string&)> on_note;         // one line: fallbacks, resumed from, ...
};

struct TrainResult {
  std::string run;  // the folder
  int64_t epochs = 0, steps = 0, best_epoch = 0;
  double seconds = 0;
  int interrupted = 0;  // the signal that stopped it, or 0
  bool already_finished = false;
  bool complete = false;    // every epoch was run; only the scores may be missing
  Scores train, val, test;  // "loss" first; empty when there is no such part
};

struct EvalOptions {
  std::string split;  // train val test; "": test, else val, else train
  std::string data;   // a file instead of a split
  bool confusion = false;
};
struct EvalResult {
  std::string split;
  int64_t rows = 0;
  Scores scores;
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> confusion;  // [truth][predicted]
};

struct PredictOptions {
  std::string data;            // a file, "-" for standard input; "": the model file's own data
  std::string format = "csv";  // csv jsonl npy
  bool probabilities = false, with_input = false;
};

class Session {
 public:
  /// A model file, or a run folder: its configuration and its best weights.
  static Session load(const std::string& path, const OpenOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  const std::vector<Warning>& warnings() const;
  const std::string& name() const;
  bool can_train() const;  // the model file has `training:`

  // What it is, as text.
  std::vector<LayerInfo> layers() const;
  std::string spec() const;    // the effective model file
  std::string origin() const;  // each value and where it came from
  std::string graph() const;   // the training graph, or the forward graph without `training:`
  std::string plan() const;

  /// The plan of a training step (of a prediction without `training:`) with the reasons for it.
  /// Runs nothing unless it is to measure.
  Explanation explain(const ExplainOptions& options = {}) const;
  /// Measures a pass over the model's data, or over random numbers where it has none. The session's
  /// weights stay as they are. Throws Error(model) for a pass that needs `training:` without it.
  BenchResult bench(const BenchOptions& options = {}) const;

  /// Opens the data as well, and checks that model, loss and data fit.
  void check_data();

  /// A whole run into a run folder, from initial weights unless the options say otherwise. What the
  /// session is asked from then on is answered with the run's best weights.
  TrainResult train(const TrainOptions& options = {});
  /// n training steps in memory, from the session's weights, and without a run folder, validation
  /// or early stopping; the next call goes on where this one ended. The order of rows is that of
  /// train(), and a scheduler that watches a score is shown the training loss. Returns the mean
  /// loss over the rows of these steps. Throws Error(numeric) after a NaN or Inf under on_nan:
  /// stop; the state is then that before it.
  double run_steps(int64_t n);
  /// The session's weights and buffers by PyTorch's names, copied.
  std::map<std::string, Tensor> state_dict() const;
  EvalResult evaluate(const EvalOptions& options = {});
  /// What the model gives for a batch (N, input_shape...), in eval mode: a new tensor on the CPU,
  /// (N, ...) in the model's dtype. The input has the units of the data, of which the session
  /// knows the normalisation. Plans once for each dtype and N. Throws Error(shape), Error(numeric)
  /// never: NaN in gives NaN out.
  Tensor predict(const Tensor& input);
  /// Writes whole lines (or one npy file) as they are ready.
  void predict(const PredictOptions& options, std::ostream& out);

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nnrun
#pragma GCC visibility pop
