// Checkpoints: everything a training needs to go on as if nothing had happened. A checkpoint is a
// folder checkpoints/step-%08d with model.safetensors and state.safetensors, made under a temporary
// name and renamed once; checkpoints/latest names the newest and is written last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/nn/scheduler.h"
#include "core/nn/state.h"
#include "core/run/run_folder.h"

namespace nnrun {

/// Where the loop stands, besides what is in the State.
struct LoopState {
  int64_t epoch = 0;  // epochs finished
  SchedulerState scheduler;
  // Early stopping and best weights.
  bool has_best = false;
  double best = 0;
  int64_t best_epoch = 0, bad_epochs = 0;
  double seconds = 0;  // trained so far
  bool finished = false;
};

/// Writes one and removes the oldest beyond keep_last. `best`: the best weights so far, or empty.
void save_checkpoint(const RunFolder& run, const State& state, const State& best,
                     const LoopState& loop, int64_t step, int64_t keep_last);

/// Reads the newest whole one into state (entries of other names are added), best and loop. A
/// damaged one is passed over with a note. nullopt: there is none.
struct Restored {
  LoopState loop;
  std::string name;                // "step-00000012"
  std::vector<std::string> notes;  // what was passed over and why
};
std::optional<Restored> load_checkpoint(const RunFolder& run, State& state, State& best);

}  // namespace nnrun
