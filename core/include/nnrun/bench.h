// What Session::bench measures: how long a pass takes, as a whole and by layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrun {

struct BenchOptions {
  /// "fwd": the prediction of a batch. "fwd+bwd": prediction, loss and gradients. "step": a whole
  /// training step, with the batch picked from the data and the update.
  std::string pass = "step";
  int64_t batch = 0;       // rows; 0: training.batch_size, or 1 without `training:`
  double seconds = 1;      // to measure for, after a tenth of that to warm up
  bool per_layer = false;  // fill `layers`
  bool trace = false;      // fill `trace`
};

/// What one layer takes of the median: its share of a step in which every launch was timed.
struct LayerTime {
  std::string layer;  // "hidden"; "loss"; "": picking the batch, counters, metrics
  double forward_ms = 0, backward_ms = 0, update_ms = 0;
  double flops = 0, bytes = 0;
  double total_ms() const { return forward_ms + backward_ms + update_ms; }
};

/// One launch of one step, in the order they ran.
struct TraceEvent {
  std::string op, layer, phase, kernel, operands;
  int64_t step = 0;
  double start_us = 0, duration_us = 0;  // from the beginning of the first step
};

struct BenchResult {
  std::string pass, backend, device;  // backend: those that compute something, "onednn+reference"
  int threads = 0;
  int64_t batch = 0;
  int64_t samples = 0;  // measurements, each of runs_per_sample runs
  int64_t runs_per_sample = 0;
  double median_ms = 0, p90_ms = 0, p99_ms = 0, min_ms = 0, mean_ms = 0;  // of one run
  double cv_percent = 0;        // standard deviation of the samples / mean
  double flops = 0, bytes = 0;  // of one run
  double peak_bytes = 0;        // state, values and workspace; the data are not counted
  double samples_per_second() const { return 1e3 * double(batch) / median_ms; }
  double gflops() const { return flops / median_ms * 1e-6; }
  double gbytes_per_second() const { return bytes / median_ms * 1e-6; }
  std::string includes;               // what a run is, in words
  std::vector<std::string> warnings;  // why the numbers may not be trusted
  std::vector<LayerTime> layers;      // in the order of the model
  std::vector<TraceEvent> trace;
};

}  // namespace nnrun
