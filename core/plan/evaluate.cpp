#include "core/plan/evaluate.h"

namespace nnrun {

std::map<std::string, Array> evaluate(const Graph& g, const std::map<std::string, Array>& arrays,
                                      const PlanOptions& options) {
  for (const Value& v : g.values) {
    if (v.kind != ValueKind::input && v.kind != ValueKind::state) continue;
    auto it = arrays.find(v.name);
    if (it == arrays.end() || Type{it->second.dtype(), it->second.shape()} != v.type) {
      throw Error(Code::internal, "evaluate: '" + v.name + "' is missing or not " + v.type.str());
    }
  }
  const auto plan = make_plan(g, options, [&](const std::string& name) -> void* {
    auto it = arrays.find(name);
    return it == arrays.end() ? nullptr : const_cast<void*>(it->second.raw());
  });
  plan->run();
  plan->export_state();
  std::map<std::string, Array> r;
  for (const auto& [name, v] : g.outputs) r[name] = plan->output(name).clone();
  return r;
}

}  // namespace nnrun
