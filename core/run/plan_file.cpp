#include "core/run/plan_file.h"

#include <unistd.h>

#include <set>

#include "core/base/file.h"

namespace nnrun {
namespace {

/// What a backend says about itself: CPU, instruction set, library version.
std::string description(const Backend& b) {
  std::string s;
  for (const DeviceInfo& d : b.devices()) {
    s += (s.empty() ? "" : ", ") + d.name + " (" + d.arch + ")";
  }
  return s;
}

}  // namespace

void save_plan(const RunFolder& run, const std::vector<const Plan*>& plans,
               const PlanOptions& options) {
  nlohmann::ordered_json backends = nlohmann::ordered_json::object();
  for (const auto& b : options.backends) backends[b->name()] = description(*b);
  std::string nodes;
  std::set<Application> seen;
  for (const Plan* plan : plans) {
    for (const PlannedNode& n : plan->program().nodes) {
      if (!seen.insert({n.op, n.layer, n.operands}).second) continue;
      nlohmann::ordered_json one = {{"op", n.op},
                                    {"layer", n.layer},
                                    {"operands", n.operands},
                                    {"backend", backend_of(n.choice, options)},
                                    {"implementation", n.choice.impl}};
      if (!n.choice.layouts.empty()) one["layouts"] = n.choice.layouts;
      nodes += (nodes.empty() ? "    " : ",\n    ") + one.dump();
    }
  }
  atomic_write(run.file("plan.json"), "{\n  \"threads\": " + std::to_string(options.threads) +
                                          ",\n  \"backends\": " + backends.dump() +
                                          ",\n  \"nodes\": [\n" + nodes + "\n  ]\n}\n");
}

StoredChoices load_plan(const RunFolder& run, const PlanOptions& options,
                        const std::function<void(const std::string&)>& note) {
  const std::string file = run.file("plan.json");
  const auto say = [&](const std::string& text) {
    if (note) note(text);
  };
  StoredChoices r;
  if (::access(file.c_str(), F_OK) != 0) return r;
  try {
    const nlohmann::json j = nlohmann::json::parse(read_file(file, int64_t{64} << 20));
    for (const nlohmann::json& n : j.at("nodes")) {
      const auto text = [&](const char* key) { return n.at(key).get<std::string>(); };
      StoredChoice& c = r[Application{text("op"), text("layer"), text("operands")}];
      c = {text("backend"), text("implementation")};
      if (n.contains("layouts")) c.layouts = n["layouts"].get<std::vector<std::string>>();
    }
    const std::string bits = ": the last bits of results may differ";
    const int threads = j.at("threads").get<int>();
    if (threads != options.threads) {
      say("the run was planned for " + std::to_string(threads) +
          (threads == 1 ? " thread" : " threads") + ", now it is " +
          std::to_string(options.threads) + bits);
    }
    for (const auto& b : options.backends) {
      const std::string then = j.at("backends").value(b->name(), ""), now = description(*b);
      if (then != now) say("the run used " + b->name() + " on " + then + ", now on " + now + bits);
    }
  } catch (const nlohmann::json::exception& e) {
    say(file + ": damaged, implementations are chosen anew: " + e.what());
    return {};
  }
  return r;
}

}  // namespace nnrun
