#include "core/run/trainer.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/base/text.h"
#include "core/run/evaluator.h"
#include "core/run/plan_file.h"
#include "core/run/steps.h"

namespace nnrun {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

/// Values only: plans are bound to the memory of `to`.
void copy_values(const State& from, State& to) {
  for (const StateEntry& e : from.entries()) {
    if (StateEntry* t = to.find(e.name))
      std::memcpy(t->value.raw(), e.value.raw(), size_t(e.value.bytes()));
  }
}

bool belongs_to_model(const StateEntry& e) { return e.is_parameter || e.persistent; }

State snapshot(const State& s) {
  State r;
  for (const StateEntry& e : s.entries()) {
    if (belongs_to_model(e)) r.add({e.name, e.value.clone(), e.is_parameter, e.persistent});
  }
  return r;
}

/// Rows of metrics depend on counts alone: every epoch to 1,000, every 10th to 10,000, then every
/// 100th, and always the last.
bool reported(int64_t epoch, const Spec& spec) {
  const int64_t every = spec.output.metrics_every;
  if (epoch == spec.training->epochs) return true;
  if (every > 0) return epoch % every == 0;
  return epoch <= 1000 || (epoch <= 10000 && epoch % 10 == 0) || epoch % 100 == 0;
}

/// The first n rows, sharing memory; all of them when n is 0 or there are no more.
Rows first_rows(Rows rows, int64_t n) {
  if (n <= 0 || n >= rows.count()) return rows;
  const auto first = [n](const Array& a) {
    Shape s = a.shape();
    s[0] = n;
    return Array(a.dtype(), s, std::make_shared<Array>(a), const_cast<void*>(a.raw()));
  };
  rows.features = first(rows.features);
  if (rows.targets.raw() != nullptr) rows.targets = first(rows.targets);
  return rows;
}

class Trainer {
 public:
  explicit Trainer(const TrainerInput& in)
      : in_(in), t_(*in.spec.training), start_(Clock::now()), rows_(training_rows()) {}

  TrainResult run() {
    restore();
    if (loop_.finished) return finished_before();
    plan();
    if (in_.on_start) in_.on_start();
    std::vector<const Plan*> plans = steps_->runner().plans();
    if (val_) {
      for (const Plan* p : val_->plans()) plans.push_back(p);
    }
    save_plan(in_.run, plans, in_.plan);
    open_metrics();
    TrainResult r;
    while (!done() && r.interrupted == 0) r.interrupted = epoch();
    if (timed_out_ && r.interrupted == 0) {
      note("the time is up after " + std::to_string(steps_->steps_done()) + " of " +
           std::to_string(total_steps()) + " steps");
    }
    return finish(std::move(r));
  }

 private:
  Rows training_rows() const { return first_rows(in_.data.train, in_.options.overfit); }

  void restore() {
    if (!in_.resume) return;
    const std::optional<Restored> r = load_checkpoint(in_.run, in_.state, best_);
    if (!r) {
      note("no checkpoint in " + in_.run.path() + ": starting at step 0");
      return;
    }
    for (const std::string& n : r->notes) note(n);
    loop_ = r->loop;
    note("resuming from " + r->name);
  }

  TrainResult finished_before() {
    TrainResult r;
    r.run = in_.run.path();
    r.already_finished = true;
    r.epochs = loop_.epoch;
    r.best_epoch = loop_.best_epoch;
    if (const StateEntry* e = in_.state.find("run.step")) r.steps = int64_t(e->value.at(0));
    return r;
  }

  void plan() {
    steps_.emplace(in_.spec, rows_, in_.graphs, in_.state, loop_.scheduler, in_.plan);
    for (const Fallback& f : steps_->runner().plan().program().fallbacks) {
      note(f.op + " runs on " + f.backend + " (" + f.reason + ")");
    }
    if (in_.data.val.count() > 0) {
      val_ =
          std::make_unique<Evaluator>(in_.graphs, in_.data.val, in_.state, eval_batch(), in_.plan);
    }
  }

  int64_t eval_batch() const { return std::max<int64_t>(t_.batch_size, 256); }

  void open_metrics() {
    std::vector<std::string> columns{"loss"};
    if (val_) columns.push_back("val_loss");
    for (const MetricDef* m : in_.graphs.metrics) columns.push_back(m->name);
    columns.push_back("lr");
    const auto writes = [&](const char* kind) {
      const auto& m = in_.spec.output.metrics;
      return std::find(m.begin(), m.end(), kind) != m.end();
    };
    log_ =
        std::make_unique<MetricsLog>(in_.run, columns, writes("csv"), writes("jsonl"), loop_.epoch);
  }

  int64_t total_steps() const {
    const int64_t all = checked_mul(t_.epochs, steps_->per_epoch());
    return in_.options.quick > 0 ? std::min(all, in_.options.quick) : all;
  }
  int64_t steps_done() const { return loop_.epoch * steps_->per_epoch() + step_in_epoch_; }
  bool out_of_time() {
    timed_out_ = timed_out_ || (in_.options.max_seconds > 0 &&
                                loop_.seconds + seconds_since(start_) >= in_.options.max_seconds);
    return timed_out_;
  }
  bool done() {
    return stopped_early_ || loop_.epoch >= t_.epochs || steps_done() >= total_steps() ||
           out_of_time();
  }

  /// One epoch, or what is left of it. Returns the signal that interrupted it, or 0.
  int epoch() {
    const auto began = Clock::now();
    const int64_t steps = steps_->per_epoch(), quota = total_steps();
    step_in_epoch_ = steps_->begin_epoch(loop_.epoch);

    for (; step_in_epoch_ < steps && steps_done() < quota; ++step_in_epoch_) {
      if (stop_signal() != 0) {
        checkpoint();
        return stop_signal();
      }
      if (out_of_time()) break;
      steps_->run(step_in_epoch_);
      if (t_.on_nan == "stop") {
        steps_->fetch();
        if (!steps_->ok()) stop_for_nan();
      }
      if (in_.options.on_step) {
        const Array loss = steps_->runner().output(step_in_epoch_, "loss");
        in_.options.on_step(steps_done() + 1, loss.at(0));
      }
      if (t_.checkpoint.every_steps > 0 && (steps_done() + 1) % t_.checkpoint.every_steps == 0 &&
          step_in_epoch_ + 1 < steps) {
        checkpoint();
      }
      progress(began, steps);
    }
    return end_of_epoch(began);
  }

  int stop_signal() const {
    return in_.options.stop == nullptr ? 0 : in_.options.stop->load(std::memory_order_relaxed);
  }

  int64_t rows_seen() const {
    int64_t n = 0;
    for (int64_t i = 0; i < step_in_epoch_; ++i) n += steps_->runner().batch_of(i);
    return n;
  }

  /// Returns the signal that interrupted it, or 0.
  int end_of_epoch(Clock::time_point began) {
    const bool whole = step_in_epoch_ == steps_->per_epoch();
    const int64_t seen = rows_seen();
    Scores val;
    steps_->fetch();
    if (val_ && seen > 0) {
      steps_->release_state();
      val = val_->run({}, in_.options.stop);
      if (val.empty()) {
        checkpoint();
        return stop_signal();
      }
    }
    ++loop_.epoch;
    steps_->end_epoch();
    step_in_epoch_ = 0;
    if (seen == 0) return 0;

    const Scores train = scores_of(in_.graphs, in_.state, seen);

    const double lr = loop_.scheduler.lr;
    const double watched = monitored(train, val);
    judge(watched);
    if (whole) steps_->advance_schedule(watched);
    const double seconds = seconds_since(began);
    report(train, val, lr, seconds);
    const CheckpointSpec& c = t_.checkpoint;
    if ((c.every > 0 && loop_.epoch % c.every == 0) ||
        (c.every_steps > 0 && steps_done() % c.every_steps == 0)) {
      checkpoint();
    }
    return 0;
  }

  const EarlyStoppingSpec* early() const {
    return t_.early_stopping ? &*t_.early_stopping : nullptr;
  }

  /// What early stopping and ReduceLROnPlateau watch: the named score, else val_loss, else loss.
  double monitored(const Scores& train, const Scores& val) const {
    std::string name = early() != nullptr ? early()->monitor : val.empty() ? "loss" : "val_loss";
    const bool from_val = !val.empty() && name != "loss";
    if (name.rfind("val_", 0) == 0) name = name.substr(4);
    for (const auto& [key, v] : from_val ? val : train) {
      if (key == name) return v;
    }
    return std::nan("");
  }

  void judge(double watched) {
    if (early() == nullptr) return;
    std::string name = early()->monitor;
    if (name.rfind("val_", 0) == 0) name = name.substr(4);
    const bool up = name != "loss" && find_metric(name).higher_is_better;
    const double gain = up ? watched - loop_.best : loop_.best - watched;
    if (!loop_.has_best || gain > early()->min_delta) {
      loop_.has_best = true;
      loop_.best = watched;
      loop_.best_epoch = loop_.epoch;
      loop_.bad_epochs = 0;
      if (early()->restore_best) best_ = snapshot(state());
    } else if (++loop_.bad_epochs >= early()->patience) {
      stopped_early_ = true;
      note("early stopping: " + early()->monitor + " has not improved for " +
           std::to_string(loop_.bad_epochs) + " epochs");
    }
  }

  void report(const Scores& train, const Scores& val, double lr, double seconds) {
    std::vector<double> row{train[0].second};
    EpochReport e;
    e.epoch = loop_.epoch;
    e.epochs = t_.epochs;
    e.steps = steps_->steps_done();
    e.loss = train[0].second;
    e.lr = lr;
    e.seconds = seconds;
    e.eta_seconds = seconds * double(t_.epochs - loop_.epoch);
    if (!val.empty()) {
      e.val_loss = val[0].second;
      row.push_back(val[0].second);
    }
    const Scores& shown = val.empty() ? train : val;
    for (size_t i = 1; i < shown.size(); ++i) {
      e.metrics.push_back(shown[i]);
      row.push_back(shown[i].second);
    }
    row.push_back(lr);
    if (reported(loop_.epoch, in_.spec) || done()) log_->add(loop_.epoch, row, seconds);
    if (in_.options.on_epoch) in_.options.on_epoch(e);
  }

  void progress(Clock::time_point began, int64_t steps) {
    if (!in_.options.on_progress) return;
    const auto now = Clock::now();
    if (now - last_progress_ < std::chrono::milliseconds(50)) return;
    last_progress_ = now;
    steps_->fetch();
    ProgressReport p;
    p.epoch = loop_.epoch + 1;
    p.epochs = t_.epochs;
    p.step = step_in_epoch_ + 1;
    p.steps_per_epoch = steps;
    const double seconds = std::chrono::duration<double>(now - began).count();
    const double rows = double(steps_->rows_done());
    p.loss = steps_->loss_sum() / std::max(rows, 1.0);
    p.samples_per_second = rows / std::max(seconds, 1e-9);
    const double left = double(rows_.count()) * double(t_.epochs - loop_.epoch) - rows;
    p.eta_seconds = left / std::max(p.samples_per_second, 1e-9);
    in_.options.on_progress(p);
  }

  void checkpoint() {
    loop_.seconds += seconds_since(start_);
    start_ = Clock::now();
    const State& now = state();
    save_checkpoint(in_.run, now, best_, loop_, steps_->steps_done(), t_.checkpoint.keep_last);
  }

  TrainResult finish(TrainResult r) {
    r.run = in_.run.path();
    r.epochs = loop_.epoch;
    r.steps = steps_->steps_done();
    r.best_epoch = loop_.best_epoch;
    save_model(in_.run.file("last.safetensors"), state(), {});
    if (best_.entries().empty()) {
      save_model(in_.run.file("model.safetensors"), state(), {});
    } else {
      save_model(in_.run.file("model.safetensors"), best_, {});
    }
    loop_.seconds += seconds_since(start_);
    start_ = Clock::now();
    r.seconds = loop_.seconds;
    if (r.interrupted != 0) return r;
    loop_.finished = r.complete = true;
    if (t_.checkpoint.every > 0 || t_.checkpoint.every_steps > 0 || in_.resume) checkpoint();
    // The result is that of the weights that are kept.
    if (!best_.entries().empty()) copy_values(best_, state());
    // A run that is quick, or out of time, answers soon: it scores no more rows than its steps saw.
    const bool soon = in_.options.quick > 0 || timed_out_;
    const int64_t seen = checked_mul(r.steps, t_.batch_size);
    const auto score = [&](const Rows& all) {
      if (soon && seen == 0) return Scores{};
      const Rows rows = first_rows(all, soon ? seen : 0);
      if (rows.count() == 0 || rows.targets.raw() == nullptr) return Scores{};
      return Evaluator(in_.graphs, rows, state(), eval_batch(), in_.plan).run({}, in_.options.stop);
    };
    r.train = score(rows_);
    r.val = score(in_.data.val);
    r.test = score(in_.data.test);
    r.interrupted = stop_signal();
    return r;
  }

  /// The step was rejected, so weights and cursor are those before it: the same batch is run again
  /// through a graph that shows every value, to name where it began.
  [[noreturn]] void stop_for_nan() {
    const std::string place = first_not_finite();
    save_model(in_.run.file("last.safetensors"), state(), {});
    save_model(in_.run.file("model.safetensors"), best_.entries().empty() ? state() : best_, {});
    throw Error(Code::numeric, "NaN or Inf in epoch " + std::to_string(loop_.epoch + 1) +
                                   ", step " + std::to_string(step_in_epoch_ + 1) + place)
        .with_hint("the weights before that step are kept in " + in_.run.file("last.safetensors") +
                   "; try a smaller learning rate or clip_grad_norm");
  }

  std::string first_not_finite() {
    const int64_t batch = steps_->runner().batch_of(step_in_epoch_);
    const Type features{rows_.features.dtype(), rows_.features.shape()};
    const Type targets{rows_.targets.dtype(), rows_.targets.shape()};
    State copy;
    for (const StateEntry& e : state().entries())
      copy.add({e.name, e.value.clone(), e.is_parameter, e.persistent});
    copy.find("run.ok")->value.data<uint8_t>()[0] = 1;
    Graph g = in_.graphs.training(copy, features, targets, batch);
    g.writes.clear();
    g.outputs.clear();
    std::vector<size_t> shown;
    for (size_t i = 0; i < g.nodes.size(); ++i) {
      const ValueId v = g.nodes[i].out[0];
      if (!is_float(g.type(v).dtype) || find_op(g.nodes[i].op).view) continue;
      g.outputs[std::to_string(i)] = v;
      shown.push_back(i);
    }
    const auto plan = make_plan(g, in_.plan, [&](const std::string& name) -> void* {
      if (name == "features") return const_cast<void*>(rows_.features.raw());
      if (name == "targets") return const_cast<void*>(rows_.targets.raw());
      if (name == "order") return const_cast<void*>(steps_->runner().order().raw());
      StateEntry* e = copy.find(name);
      return e == nullptr ? nullptr : e->value.raw();
    });
    plan->run();
    for (size_t i : shown) {
      const Array a = plan->output(std::to_string(i));
      for (int64_t k = 0; k < a.numel(); ++k) {
        if (std::isfinite(a.at(k))) continue;
        const Node& n = g.nodes[i];
        return n.layer.empty() ? ": op '" + n.op + "'"
                               : ": first in '" + n.layer + "' (op " + n.op + ")";
      }
    }
    return "";
  }

  /// To read or write what the steps' plans may hold.
  State& state() {
    if (steps_) steps_->export_state();
    return in_.state;
  }

  void note(const std::string& text) const {
    if (in_.options.on_note) in_.options.on_note(text);
  }

  const TrainerInput& in_;
  const TrainingSpec& t_;
  Clock::time_point start_, last_progress_{};
  Rows rows_;
  std::optional<Steps> steps_;
  std::unique_ptr<Evaluator> val_;
  std::unique_ptr<MetricsLog> log_;
  LoopState loop_;
  State best_;
  int64_t step_in_epoch_ = 0;
  bool stopped_early_ = false, timed_out_ = false;
};

}  // namespace

TrainResult train(const TrainerInput& in) { return Trainer(in).run(); }

}  // namespace nnrun
