// The training loop: epochs of steps, validation, schedule, early stopping, checkpoints. Everything
// that computes is in the plans; the loop only decides.
#pragma once

#include <nnrun/session.h>

#include "core/data/data.h"
#include "core/model/spec.h"
#include "core/run/checkpoint.h"
#include "core/run/graphs.h"
#include "core/run/runner.h"

namespace nnrun {

struct TrainerInput {
  const Spec& spec;
  const Dataset& data;
  const RunGraphs& graphs;
  PlanOptions plan;
  State& state;  // the model's, filled or not; gets the optimizer's and the loop's
  const RunFolder& run;
  bool resume = false;  // from the run's newest checkpoint
  const TrainOptions& options;
  std::function<void()> on_start;  // everything is planned; called before the first step
};

/// Trains to the end, an interrupt, or early stopping, and leaves model.safetensors (best) and
/// last.safetensors in the run folder. After a NaN or Inf under on_nan: stop the last good weights
/// are saved and Error(numeric) names epoch, step and the first layer that made it.
TrainResult train(const TrainerInput& in);

}  // namespace nnrun
