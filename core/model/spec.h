// Spec: a model file as plain structs. Every value that a message may point at keeps its place.
// parse: text -> Tree; read: Tree -> Spec (schema, all errors at once); what needs shapes is found
// when the model is built.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nnrun/error.h>

#include "core/data/data.h"
#include "core/nn/layer.h"

namespace nnrun {

/// `loss: CrossEntropyLoss` or `{type: Adam, lr: 0.1}`.
struct ComponentSpec {
  std::string type;
  Attrs attrs;  // complete and checked
  std::map<std::string, Where> marks;
  Where where;
};

struct BackendSpec {
  std::vector<std::string> names = {"onednn", "reference"};
  std::string device = "auto";
  DType dtype = DType::float32;  // float32 float64 bfloat16
  bool fast_math = false;
  bool fallback_error = false;
  bool fuse = true;
  int threads = 0;  // 0: auto
  bool deterministic = false;
  int measure_ms = 3000;  // of timing kernels, in a plan
  std::map<std::string, Where> marks;
  Where where;
};

struct PluginSpec {
  std::string name_or_file, sha256;
  std::string base_dir;  // what a relative file is relative to
  std::vector<std::string> provides;
  Where where;
};

struct ModelSpec {
  std::vector<int64_t> input_shape;  // one sample, no batch dimension
  std::vector<LayerConfig> layers;
  Where where, input_shape_where;
};

struct EarlyStoppingSpec {
  std::string monitor = "val_loss";
  int64_t patience = 10;
  double min_delta = 0;
  bool restore_best = true;
  Where where;
};

struct CheckpointSpec {
  int64_t every = 0;        // epochs; 0: not
  int64_t every_steps = 0;  // 0: not
  int64_t keep_last = 2;
};

struct TrainingSpec {
  int64_t epochs = 10;
  int64_t batch_size = 32;
  bool shuffle = true;
  bool drop_last = false;
  ComponentSpec loss, optimizer;
  std::optional<ComponentSpec> scheduler;
  std::vector<std::string> metrics;
  std::optional<EarlyStoppingSpec> early_stopping;
  CheckpointSpec checkpoint;
  std::optional<double> clip_grad_norm, clip_grad_value;
  std::string on_nan = "stop";  // stop warn ignore
  std::map<std::string, Where> marks;
  Where where;
};

struct OutputSpec {
  std::string dir = "runs";
  std::vector<std::string> metrics = {"csv", "jsonl"};
  int64_t metrics_every = 0;  // epochs; 0: auto
};

struct Spec {
  std::string file;  // as given; "" when from text
  std::string name;
  uint64_t seed = 0;
  BackendSpec backend;
  std::vector<std::string> plugin_path;
  std::vector<PluginSpec> plugins;
  std::optional<DataConfig> data;
  ModelSpec model;
  std::optional<TrainingSpec> training;
  OutputSpec output;
  std::vector<std::string> lint_off;
  /// Where each value was given, by its path ("training.optimizer.lr", "model.layers.0.bias"); what
  /// is not here is a default.
  std::map<std::string, Where> origins;
};

}  // namespace nnrun
