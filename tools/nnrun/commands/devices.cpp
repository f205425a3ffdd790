#include <cstdio>

#include "tools/nnrun/command.h"

namespace nnrun::cli {

Command command_devices() {
  Command c;
  c.name = "devices";
  c.summary = "backends and their devices; unusable ones with the reason";
  c.usage = "devices";
  c.overrides = false;
  c.run = [](const Args& a) {
    plugins::set_path(a.open.plugin_path);
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"backend", "device", "memory", "name"}};
    for (const plugins::Device& d : plugins::devices()) {
      all.push_back({{"backend", d.backend},
                     {"device", d.device},
                     {"name", d.name},
                     {"memory_bytes", d.memory_bytes},
                     {"ok", d.ok},
                     {"reason", d.reason}});
      char memory[32] = "-";
      if (d.memory_bytes > 0)
        std::snprintf(memory, sizeof memory, "%.1f GiB", double(d.memory_bytes) / (1u << 30));
      rows.push_back({d.backend, d.device, memory, d.ok ? d.name : "not usable: " + d.reason});
    }
    print(a.json ? all.dump() + "\n" : table(rows, 4));
    return 0;
  };
  return c;
}

}  // namespace nnrun::cli
