#include "tools/nnrun/command.h"
#include "tools/nnrun/templates.h"

namespace nnrun::cli {
namespace {

int make(const Args& a) {
  if (a.has("list") || a.positional.empty()) {
    if (a.json) {
      nlohmann::ordered_json j = nlohmann::ordered_json::array();
      for (const Template& t : templates()) j.push_back({{"name", t.name}, {"about", t.about}});
      print(j.dump() + "\n");
      return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const Template& t : templates()) rows.push_back({"  " + t.name, t.about});
    print("nnrun new NAME > NAME.yaml, where NAME is one of\n" + table(rows, 2));
    return 0;
  }
  std::vector<std::string> names;
  for (const Template& t : templates()) {
    names.push_back(t.name);
    if (t.name != a.positional[0]) continue;
    if (!a.has("output")) {
      print(t.yaml);
      return 0;
    }
    const std::string dir = a.get<std::string>("output");
    std::string written = dir + "/" + t.name + ".yaml";
    write_new_file(written, t.yaml);
    for (const auto& [name, text] : t.files) write_new_file(dir + "/" + name, text);
    print(written + "\n");
    return 0;
  }
  throw Error(Code::usage, "there is no template '" + a.positional[0] + "'")
      .with_hint(did_you_mean(a.positional[0], names) + " (nnrun new --list)");
}

}  // namespace

Command command_new() {
  Command c;
  c.name = "new";
  c.summary = "a commented model file to start from";
  c.usage = "new [NAME] [-o DIR]";
  c.more = "  nnrun new xor > xor.yaml && nnrun train xor.yaml\n";
  c.max_positional = 1;
  c.overrides = false;
  c.options = [](po::options_description& d) {
    d.add_options()("list", "the names there are")("output,o",
                                                   po::value<std::string>()->value_name("DIR"),
                                                   "write it there, with the data it needs");
  };
  c.run = make;
  return c;
}

}  // namespace nnrun::cli
