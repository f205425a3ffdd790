#include "tools/nnrun/help.h"

namespace nnrun::cli {

Command command_help() {
  Command c;
  c.name = "help";
  c.summary = "what a command does, and the options of all";
  c.usage = "help [COMMAND]";
  c.max_positional = 1;
  c.overrides = false;
  c.run = [](const Args& a) {
    if (a.positional.empty()) {
      print(long_help());
      return 0;
    }
    std::vector<std::string> names;
    for (const Command& k : commands()) {
      if (k.name == a.positional[0]) {
        print(command_help(k));
        return 0;
      }
      names.push_back(k.name);
    }
    throw Error(Code::usage, "unknown command '" + a.positional[0] + "'")
        .with_hint(did_you_mean(a.positional[0], names));
  };
  return c;
}

}  // namespace nnrun::cli
