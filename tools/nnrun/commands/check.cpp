#include "tools/nnrun/command.h"

namespace nnrun::cli {

Command command_check() {
  Command c;
  c.name = "check";
  c.summary = "check a model file: syntax, names, values, shapes";
  c.usage = "check FILE [--data] [key=value ...]";
  c.min_positional = c.max_positional = 1;
  c.options = [](po::options_description& d) { d.add_options()("data", "open the data as well"); };
  c.run = [](const Args& a) {
    Session s = open_session(a);
    if (a.has("data")) s.check_data();
    int64_t parameters = 0;
    for (const LayerInfo& l : s.layers()) parameters += l.parameters;
    if (a.json) {
      nlohmann::ordered_json j;
      j["ok"] = true;
      j["name"] = s.name();
      j["layers"] = s.layers().size();
      j["parameters"] = parameters;
      j["warnings"] = s.warnings().size();
      print(j.dump() + "\n");
    } else if (!a.quiet) {
      print("ok: " + s.name() + ", " + std::to_string(s.layers().size()) + " layers, " +
            std::to_string(parameters) + " parameters\n");
    }
    return 0;
  };
  return c;
}

}  // namespace nnrun::cli
