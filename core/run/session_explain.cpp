#include <map>

#include "core/plan/timing.h"
#include "core/run/plan_file.h"
#include "core/run/rehearsal.h"
#include "core/run/session_impl.h"

namespace nnrun {
namespace {

constexpr double kSeconds = 0.02;  // to time one kernel
constexpr double kFaster = 0.8;    // of the chosen kernel's time: worth a warning

/// Why this one, seen beside what else was offered.
std::string why_chosen(const PlannedNode& n, const PlanOptions& plan) {
  const auto stored = plan.stored.find({n.op, n.layer, n.operands});
  if (stored != plan.stored.end() && stored->second.impl == n.choice.impl) return "as in the run";
  int offered = 0;
  bool timed = false, reordered = false, slower = false, equal = false;  // of those not taken
  for (const Candidate& c : n.candidates) {
    if (c.impl.empty() || c.backend != n.choice.backend) continue;
    ++offered;
    slower = slower || c.why_not == kSlower || c.why_not == kSlowPath;
    equal = equal || c.why_not == kNoFaster;
    timed = timed || c.why_not == kTimedSlower;
    reordered = reordered || c.why_not == kReordersSlower;
  }
  if (timed) return "timed fastest";
  if (reordered) return "fastest with its reorders";
  if (slower) return "estimated fastest";
  if (equal) return "offered first";
  return offered > 1 ? "the only one allowed" : "the only one";
}

std::string why_slow(const PlannedNode& n) {
  if (n.choice.backend == Choice::kTransfer) return "transfer";
  if ((n.choice.flags & NNR_K_REFERENCE) != 0) return "reference kernel";
  if (n.choice.backend > 0) return "fallback";
  if (n.op == "copy" || n.op == "reorder") return "copy";
  return n.op == "cast" && n.reason.starts_with("in float32") ? "cast" : "";
}

/// "3 conv2d, 1 add" of the nodes that are slow for this reason.
std::string counted(const Explanation& e, const std::string& slow) {
  std::map<std::string, int> ops;
  for (const ExplainedNode& n : e.nodes) {
    if (n.slow == slow) ++ops[n.op];
  }
  std::string s;
  for (const auto& [op, count] : ops)
    s += (s.empty() ? "" : ", ") + std::to_string(count) + " " + op;
  return s;
}

}  // namespace

Explanation Session::explain(const ExplainOptions& options) const {
  const Impl& i = *impl_;
  Explanation e;
  const auto warn = [&](const std::string& text) { e.warnings.push_back(text); };
  PlanOptions plan = i.plan_options(warn);
  plan.explain = true;
  if (!i.run.empty()) plan.stored = load_plan(RunFolder::existing(i.run), plan, warn);
  e.pass = i.spec.training ? "step" : "fwd";
  e.batch = i.batch_or_own(options.batch);
  e.threads = plan.threads;
  e.measured = options.measure;
  std::string why_made_up;
  Rehearsal rehearsal = i.rehearse(e.pass, e.batch, plan, &why_made_up);
  if (!why_made_up.empty()) warn("planned for made-up rows: " + why_made_up);

  const Program& p = rehearsal.plan().program();
  std::vector<std::vector<double>> times;
  if (options.measure) {
    rehearsal.rewind();
    rehearsal.plan().run();
    rehearsal.rewind();
    times = time_candidates(rehearsal.plan(), kSeconds);
  }
  for (size_t k = 0; k < p.nodes.size(); ++k) {
    const PlannedNode& n = p.nodes[k];
    const Work work = work_of(p, n);
    ExplainedNode x;
    x.op = n.op;
    x.layer = n.layer;
    x.phase = name_of(n.phase);
    x.operands = n.operands;
    x.backend = backend_of(n.choice, plan);
    x.kernel = n.choice.impl;
    x.chosen = why_chosen(n, plan);
    x.origin = n.reason;
    x.slow = why_slow(n);
    x.ns = options.measure ? 0 : std::max(n.choice.est_ns, 0.0);
    x.flops = work.flops;
    x.bytes = work.bytes;
    for (size_t c = 0; c < n.candidates.size(); ++c) {
      const Candidate& other = n.candidates[c];
      const double ns = std::max(options.measure ? times[k][c] : other.est_ns, 0.0);
      if (other.why_not.empty()) {
        x.ns = ns;
      } else {
        x.others.push_back({backend_of(other.backend, plan), other.impl, ns, other.why_not});
      }
    }
    for (const OtherKernel& o : x.others) {
      if (options.measure && o.backend == x.backend && o.ns > 0 && o.ns < kFaster * x.ns &&
          o.reason == kSlower)
        warn("op '" + x.op + "' of layer '" + x.layer + "' is faster with " + o.backend + ":" +
             o.kernel + " than with " + x.kernel);
    }
    e.nodes.push_back(std::move(x));
  }
  e.state_copies = int64_t(rehearsal.plan().launches() - (p.nodes.size() - p.once));

  for (const Fallback& f : p.fallbacks) {
    warn("op '" + f.op + "' runs on " + f.backend +
         (f.count > 1 ? " (" + std::to_string(f.count) + " times)" : "") + ": " + f.reason);
  }
  const auto warn_of = [&](const char* slow, const char* what) {
    if (const std::string ops = counted(e, slow); !ops.empty()) warn(what + (": " + ops));
  };
  warn_of("reference kernel", "slow reference kernels");
  warn_of("copy", "copies for the sake of a layout");
  warn_of("transfer", "copies between memories");
  warn_of("cast", "casts to float32 and back");
  if (e.state_copies > 0)
    warn("values copied to their state after the step: " + std::to_string(e.state_copies));
  return e;
}

int64_t Session::Impl::batch_or_own(int64_t batch) const {
  if (batch < 0) throw Error(Code::usage, "a batch of " + std::to_string(batch) + " rows");
  return batch > 0 ? batch : spec.training ? spec.training->batch_size : 1;
}

Rehearsal Session::Impl::rehearse(const std::string& pass, int64_t batch,
                                  const PlanOptions& options, std::string* why_made_up) const {
  if (pass != "fwd") training(pass.c_str());
  Rows rows;
  Normalization normalization;
  if (!spec.data) *why_made_up = "the model file has no `data:`";
  if (spec.data && !rehearsed) {
    try {
      rehearsed = std::make_shared<const Dataset>(load_data());
    } catch (const Error& e) {
      if (e.code() != Code::data) throw;
      *why_made_up = e.what();
    }
  }
  if (rehearsed) {
    rows = rehearsed->train;
    normalization = rehearsed->normalization;
  } else {
    rows = made_up_rows(probe_features(), probe_targets(), batch, class_targets() ? outputs() : 0);
  }
  if (meta) normalization = meta->normalization;
  return Rehearsal(graphs(normalization, rows.targets), weights(), rows, pass, batch, options);
}

}  // namespace nnrun
