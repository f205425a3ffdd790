#include "core/run/memory_run.h"
#include "core/run/session_impl.h"

namespace nnrun {

double Session::run_steps(int64_t n) {
  if (n < 1) {
    throw Error(Code::usage, "run_steps: n is " + std::to_string(n) + ", expected at least 1");
  }
  Impl& i = *impl_;
  if (i.memory_run == nullptr) {
    i.training("run_steps");
    Dataset data = i.load_data();
    RunGraphs graphs = i.graphs(data.normalization, data.train.targets);
    i.memory_run = std::make_shared<MemoryRun>(i.spec, std::move(data), std::move(graphs),
                                               i.weights(), i.plan_options({}));
    i.predictors.clear();
  }
  return i.memory_run->run(n);
}

}  // namespace nnrun
