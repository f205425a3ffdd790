// The graphs of a run: one training step, one evaluation batch, one prediction batch. Data sets are
// inputs of the graph and the batch is gathered inside it; learning rate, step count, cursor, loss
// and metric sums are state, so a step needs nothing from outside and can be repeated, captured or
// fused.
//
// Inputs: "features" (N, ...), "targets" (N, ...), "order" int64 (N).
// State: the model's and the optimizer's by their names, and
//   "run.step"   int64, updates done            "run.cursor" int64, rows of the order used
//   "run.lr"     float64                        "run.ok"     uint8, 0 after a NaN or Inf (sticky
//   "run.loss"   float64, sum over rows                      unless on_nan is warn)
//   "run.skipped" int64, steps rejected under on_nan: warn
//   "metric.<name>.<i>" float64 sums
#pragma once

#include <string>
#include <vector>

#include "core/data/data.h"
#include "core/model/spec.h"
#include "core/nn/loss.h"
#include "core/nn/optimizer.h"
#include "core/nn/state.h"
#include "core/run/metric.h"

namespace nnrun {

struct RunGraphs {
  const ModelSpec* model = nullptr;
  uint64_t seed = 0;
  DType dtype = DType::float32;
  int threads = 1;  // that initial values are drawn on, at most
  const LossDef* loss = nullptr;
  Attrs loss_attrs;
  const OptimizerDef* optimizer = nullptr;
  Attrs optimizer_attrs;
  double clip_grad_norm = 0, clip_grad_value = 0;  // 0: not
  std::string on_nan = "stop";
  std::vector<const MetricDef*> metrics;
  Decision decision = Decision::argmax;
  Normalization normalization;

  /// One step on a batch of `batch` rows. Makes missing state (initial values from the seed).
  Graph training(State& state, const Type& features, const Type& targets, int64_t batch) const;
  /// Adds loss and metrics of a batch to their sums and moves the cursor. Output "prediction".
  Graph evaluation(State& state, const Type& features, const Type& targets, int64_t batch) const;
  /// Only output "prediction", and the cursor.
  Graph prediction(State& state, const Type& features, int64_t batch) const;
  /// Outputs "loss" and "gradient.<parameter>" of the inputs "features" and "targets" as a whole,
  /// in training mode; nothing is updated but the layers' own buffers.
  Graph gradients(State& state, const Type& features, const Type& targets) const;
  /// Output "prediction" of the input "features" as a whole.
  Graph forward(State& state, const Type& features) const;
};

/// Which decision the metrics take, from the loss and the targets.
Decision decision_for(const std::string& loss, const Array& targets, int64_t outputs);

}  // namespace nnrun
