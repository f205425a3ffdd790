// What a Session holds. Private to session*.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nnrun/session.h>

#include "core/data/data.h"
#include "core/model/build.h"
#include "core/model/spec.h"
#include "core/model/tree.h"
#include "core/plan/program.h"
#include "core/run/graphs.h"

namespace nnrun {

class MemoryRun;
class Rehearsal;
struct Predictor;

struct Session::Impl {
  Tree tree;  // the model file with overlays and overrides applied
  Spec spec;
  std::vector<Warning> warnings;
  std::vector<LayerRow> layers;
  Shape output;                           // of one batch of kProbe rows
  std::string run;                        // the run folder it was opened from, or ""
  std::optional<DataMeta> meta;           // of that run
  std::shared_ptr<MemoryRun> memory_run;  // since the first run_steps
  mutable std::vector<std::shared_ptr<DeviceMemory>> memories;  // since the first plan; of all
  mutable std::shared_ptr<const Dataset> rehearsed;             // since the first explain or bench
  // Of predict(Tensor): its plans, and the weights they read when there is no memory_run.
  std::vector<std::shared_ptr<Predictor>> predictors;
  Predictor& predictor(const Type& input);  // a new one
  std::shared_ptr<State> predicted;

  static constexpr int64_t kProbe = 2;  // rows of the batch that shapes are found with

  /// The backends of the file that can run here, in order; notes say why others were passed over.
  /// Throws Error(backend) when none can, or the first cannot under fallback: error.
  PlanOptions plan_options(const std::function<void(const std::string&)>& note) const;
  int threads() const;  // that the model runs on
  /// Graph recipes without and with what the data decides.
  RunGraphs graphs() const;
  RunGraphs graphs(const Normalization& n, const Array& targets) const;
  const TrainingSpec& training(const char* what) const;  // throws Error(model) when there is none
  bool class_targets() const;
  int64_t outputs() const { return output.rank() < 2 ? 1 : output[1]; }
  /// All of `data:`; throws Error(model) when there is no such section.
  Dataset load_data() const;
  /// A pass over `batch` rows, planned and ready to run: of the training part of the data, or of
  /// made-up ones, with the reason in *why_made_up, where there are none that can be read.
  Rehearsal rehearse(const std::string& pass, int64_t batch, const PlanOptions& options,
                     std::string* why_made_up) const;
  /// 0 stands for the model's own batch size.
  int64_t batch_or_own(int64_t batch) const;
  /// Types that stand for the data where only shapes matter.
  Type probe_features() const;
  Type probe_targets() const;
  /// Parameters and buffers, initialised from the seed, or the run's best weights.
  State weights() const;
};

}  // namespace nnrun
