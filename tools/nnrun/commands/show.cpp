#include "tools/nnrun/command.h"

namespace nnrun::cli {
namespace {

std::string shape_text(const std::vector<int64_t>& s) {
  std::string t = "(";
  for (size_t i = 0; i < s.size(); ++i)
    t += (i ? ", " : "") + (s[i] < 0 ? std::string("N") : std::to_string(s[i]));
  return t + (s.size() == 1 ? ",)" : ")");
}

std::string grouped(int64_t n) {
  std::string s = std::to_string(n);
  for (int i = int(s.size()) - 3; i > 0; i -= 3) s.insert(size_t(i), ",");
  return s;
}

std::string layer_table(const Session& s) {
  std::vector<std::vector<std::string>> rows{{"name", "type", "arguments", "output", "parameters"}};
  int64_t total = 0;
  for (const LayerInfo& l : s.layers()) {
    rows.push_back({std::string(size_t(l.depth) * 2, ' ') + l.name, l.type, l.arguments,
                    shape_text(l.out), l.parameters == 0 ? "-" : grouped(l.parameters)});
    total += l.parameters;
  }
  rows.push_back({"total", "", "", "", grouped(total)});
  return table(rows, 4);
}

nlohmann::ordered_json layer_json(const Session& s) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  int64_t total = 0;
  for (const LayerInfo& l : s.layers()) {
    layers.push_back({{"name", l.name},
                      {"type", l.type},
                      {"arguments", l.arguments},
                      {"in", l.in},
                      {"out", l.out},
                      {"parameters", l.parameters}});
    total += l.parameters;
  }
  return {{"ok", true}, {"name", s.name()}, {"layers", layers}, {"parameters", total}};
}

int show(const Args& a) {
  Session s = open_session(a);
  std::string text;
  if (a.has("origin")) {
    text = s.origin();
  } else if (a.has("spec")) {
    text = s.spec();
  } else if (a.has("graph")) {
    text = s.graph();
  } else if (a.has("plan")) {
    text = s.plan();
  } else if (a.json) {
    text = layer_json(s).dump() + "\n";
  } else {
    text = layer_table(s);
  }
  print(text);
  return 0;
}

}  // namespace

Command command_show() {
  Command c;
  c.name = "show";
  c.summary = "show a model: its layers, effective file, graph or plan";
  c.usage = "show FILE|RUN [--spec|--origin|--graph|--plan] [key=value ...]";
  c.min_positional = c.max_positional = 1;
  c.options = [](po::options_description& d) {
    d.add_options()("spec", "the effective model file, defaults filled in")(
        "origin", "each value and where it came from")(
        "graph", "the traced program, one op a line")("plan",
                                                      "which backend and kernel runs each op");
  };
  c.run = show;
  return c;
}

}  // namespace nnrun::cli
