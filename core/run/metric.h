// Metrics: one file each in metrics/, `MetricDef metric_<file name>()`. A metric is a few sums over
// the rows of a batch, made of ops, so it is part of the step's graph and costs no copy; the sums
// of an epoch give its value.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/ops/builder.h"

namespace nnrun {

/// How one output column is read as one of two classes.
enum class Decision {
  argmax,  // several columns, or class targets
  half,    // 0/1 targets: prediction > 0.5
  zero,    // 0/1 targets and logits: prediction > 0
  sign,    // -1/+1 targets: prediction > 0 against target > 0
};

struct MetricCall {
  Var prediction, target;
  Decision decision = Decision::argmax;
};

struct MetricDef {
  std::string name, doc;
  bool higher_is_better = true;
  /// Sums over the batch: float64, of any shape.
  std::function<std::vector<Var>(Builder&, const MetricCall&)> sums = {};
  /// The value from the sums over `rows` rows.
  std::function<double(const std::vector<Array>& sums, int64_t rows)> finish = {};
};

const MetricDef& find_metric(const std::string& name);  // throws Error(model), nearest as hint
std::vector<const MetricDef*> all_metrics();

/// Predicted and true class of each row (int64), as `decision` says.
struct Classes {
  Var predicted, truth;
  int64_t count;
};
Classes classes_of(Builder& b, const MetricCall& c);

}  // namespace nnrun
