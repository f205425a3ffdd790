#include <algorithm>
#include <cstdio>

#include "core/base/text.h"
#include "core/base/thread_pool.h"
#include "core/plan/timing.h"
#include "core/run/measure.h"
#include "core/run/rehearsal.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

constexpr int64_t kTraced = 3;  // steps

std::string percent(double share) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.1f %%", 100 * share);
  return buf;
}

/// Those of the list that compute something, in its order.
std::string backends_of(const Program& p, const PlanOptions& o) {
  std::vector<std::string> used;
  for (int b = Choice::kPluginOp; b < int(o.backends.size()); ++b) {
    const bool any = std::any_of(p.nodes.begin(), p.nodes.end(),
                                 [&](const PlannedNode& n) { return n.choice.backend == b; });
    if (any) used.push_back(backend_of(b, o));
  }
  return join(used, "+");
}

std::string what_is_timed(const std::string& pass, const std::string& why_made_up) {
  const std::string of = why_made_up.empty() ? "the model's data" : "made-up rows";
  if (pass == "fwd") {
    return "fwd: normalisation and the forward pass in eval mode, of a batch of " + of +
           " in memory";
  }
  if (pass == "fwd+bwd") {
    return "fwd+bwd: normalisation, the forward pass in training mode, the loss and the gradients "
           "of all parameters, of a batch of " +
           of + " in memory; no update";
  }
  return "step: picking a batch from " + of +
         " in memory, normalisation, forward pass, loss, gradients, update, loss and metric sums";
}

/// Layers in the order of the model, with their shares of the whole.
std::vector<LayerTime> by_layer(const Plan& plan, const std::vector<double>& launch_ns,
                                double whole_ms) {
  double sum = 0;
  for (double ns : launch_ns) sum += ns;
  std::vector<LayerTime> r;
  for (size_t k = 0; k < launch_ns.size(); ++k) {
    const PlannedNode* n = plan.node_of(k);
    const std::string layer = n == nullptr ? "" : n->layer;
    auto it = std::find_if(r.begin(), r.end(), [&](const auto& l) { return l.layer == layer; });
    if (it == r.end()) it = r.insert(r.end(), LayerTime{layer});
    const Phase phase = n == nullptr ? Phase::update : n->phase;
    (phase == Phase::forward    ? it->forward_ms
     : phase == Phase::backward ? it->backward_ms
                                : it->update_ms) +=
        sum > 0 ? whole_ms * launch_ns[k] / sum : whole_ms / double(launch_ns.size());
    if (n == nullptr) continue;
    const Work w = work_of(plan.program(), *n);
    it->flops += w.flops;
    it->bytes += w.bytes;
  }
  return r;
}

std::vector<TraceEvent> traced(Rehearsal& r, const PlanOptions& options) {
  std::vector<TraceEvent> events;
  int64_t began = 0;
  for (int64_t step = 0; step < kTraced; ++step) {
    r.rewind();
    const std::vector<int64_t> at = launch_times(r.plan());
    if (step == 0) began = at[0];
    for (size_t k = 0; k + 1 < at.size(); ++k) {
      TraceEvent e;
      e.op = "write to state";
      e.phase = name_of(Phase::update);
      if (const PlannedNode* n = r.plan().node_of(k)) {
        e.op = n->op;
        e.layer = n->layer;
        e.phase = name_of(n->phase);
        e.kernel = backend_of(n->choice, options) + ":" + n->choice.impl;
        e.operands = n->operands;
      }
      e.step = step;
      e.start_us = 1e-3 * double(at[k] - began);
      e.duration_us = 1e-3 * double(at[k + 1] - at[k]);
      events.push_back(std::move(e));
    }
  }
  return events;
}

}  // namespace

BenchResult Session::bench(const BenchOptions& options) const {
  const Impl& i = *impl_;
  if (options.pass != "fwd" && options.pass != "fwd+bwd" && options.pass != "step") {
    throw Error(Code::usage,
                "the pass is '" + printable(options.pass) + "', expected fwd, fwd+bwd or step");
  }
  if (!(options.seconds > 0 && options.seconds <= 3600)) {
    throw Error(Code::usage, "a measurement takes more than 0 and at most 3600 seconds, not " +
                                 number_text(options.seconds));
  }
  BenchResult b;
  const PlanOptions plan =
      i.plan_options([&](const std::string& note) { b.warnings.push_back(note); });
  b.pass = options.pass;
  b.batch = i.batch_or_own(options.batch);
  b.threads = plan.threads;
  std::string why_made_up;
  Rehearsal r = i.rehearse(b.pass, b.batch, plan, &why_made_up);
  const Program& p = r.plan().program();
  b.backend = backends_of(p, plan);
  b.device = plan.backends[0]->on_host() ? "cpu" : plan.backends[0]->name();
  b.peak_bytes = double(r.bytes());
  for (const PlannedNode& n : p.nodes) {
    const Work w = work_of(p, n);
    b.flops += w.flops;
    b.bytes += w.bytes;
  }
  b.includes = what_is_timed(b.pass, why_made_up);

  const OtherLoad load;
  const Samples s = sample(r, options.seconds);
  const double others = load.share();
  b.samples = int64_t(s.ns.size());
  b.runs_per_sample = s.runs_per_sample;
  b.median_ms = 1e-6 * s.quantile(0.5);
  b.p90_ms = 1e-6 * s.quantile(0.9);
  b.p99_ms = 1e-6 * s.quantile(0.99);
  b.min_ms = 1e-6 * s.ns.front();
  b.mean_ms = 1e-6 * s.mean();
  b.cv_percent = 100 * s.cv();
  if (options.per_layer)
    b.layers = by_layer(r.plan(), time_of_launches(r, options.seconds), b.median_ms);
  if (options.trace) b.trace = traced(r, plan);

  if (!why_made_up.empty()) b.warnings.push_back("made-up rows: " + why_made_up);
  if (b.cv_percent > 2.5)
    b.warnings.push_back("noisy: the samples vary by " + percent(s.cv()) + " of their mean");
  if (b.threads > available_cpus()) {
    b.warnings.push_back(std::to_string(b.threads) + " threads on " +
                         std::to_string(available_cpus()) + " CPUs");
  }
  if (others > 0.05)
    b.warnings.push_back("other processes had " + percent(others) + " of all CPU time meanwhile");
  if (const std::string g = clock_governor(); !g.empty())
    b.warnings.push_back("the CPU's clock follows its load (governor " + g + ")");
  return b;
}

}  // namespace nnrun
