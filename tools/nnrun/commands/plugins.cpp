#include "tools/nnrun/command.h"

namespace nnrun::cli {
namespace {

nlohmann::ordered_json info_json(const plugins::Info& i) {
  return {{"file", i.file}, {"name", i.name},     {"version", i.version},
          {"abi", i.abi},   {"sha256", i.sha256}, {"provides", i.provides},
          {"ok", i.ok},     {"reason", i.reason}};
}

std::string provided(const plugins::Info& i) {
  std::string s;
  for (const std::string& p : i.provides) s += (s.empty() ? "" : ", ") + p;
  return i.ok ? s : "not usable: " + i.reason;
}

int run(const Args& a) {
  plugins::set_path(a.open.plugin_path);
  const std::string what = a.positional[0];
  if (what == "list") {
    if (a.positional.size() > 1) throw Error(Code::usage, "plugins list takes no file");
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    std::vector<std::vector<std::string>> rows{
        {"name", "version", "abi", "sha256", "provides", "file"}};
    for (const plugins::Info& i : plugins::list()) {
      all.push_back(info_json(i));
      rows.push_back({i.name, i.version, i.abi, i.sha256.substr(0, 12), provided(i), i.file});
    }
    print(a.json ? all.dump() + "\n" : table(rows, 6));
    return 0;
  }
  if (what != "info" && what != "hash") {
    throw Error(Code::usage, "unknown 'plugins " + what + "'")
        .with_hint("there are: list, info FILE, hash FILE");
  }
  if (a.positional.size() < 2) throw Error(Code::usage, "usage: nnrun plugins " + what + " FILE");
  const plugins::Info i = plugins::inspect(a.positional[1]);
  if (what == "hash") {
    print(a.json ? info_json(i).dump() + "\n" : i.sha256 + "  " + i.file + "\n");
    return 0;
  }
  if (a.json) {
    print(info_json(i).dump() + "\n");
  } else {
    std::string s = "file      " + i.file + "\nname      " + i.name + " " + i.version +
                    "\nabi       " + i.abi + "\nsha256    " + i.sha256 + "\n";
    for (const std::string& p : i.provides) s += "provides  " + p + "\n";
    if (!i.ok) s += "not usable: " + i.reason + "\n";
    print(s);
  }
  return i.ok ? 0 : int(Code::backend);
}

}  // namespace

Command command_plugins() {
  Command c;
  c.name = "plugins";
  c.summary = "the plug-ins found, what each provides, or why it is refused";
  c.usage = "plugins list | info FILE | hash FILE";
  c.min_positional = 1;
  c.max_positional = 2;
  c.overrides = false;
  c.run = run;
  return c;
}

}  // namespace nnrun::cli
