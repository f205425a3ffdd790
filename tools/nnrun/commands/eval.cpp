#include "tools/nnrun/command.h"

namespace nnrun::cli {
namespace {

std::string confusion_table(const EvalResult& r) {
  std::vector<std::vector<std::string>> rows{{"truth \\ predicted"}};
  for (const std::string& c : r.classes) rows[0].push_back(c);
  for (size_t t = 0; t < r.confusion.size(); ++t) {
    rows.push_back({r.classes[t]});
    for (int64_t n : r.confusion[t]) rows.back().push_back(std::to_string(n));
  }
  return table(rows, 1);
}

int eval(const Args& a) {
  EvalOptions o;
  o.split = a.get<std::string>("split", "");
  o.data = a.get<std::string>("data", "");
  o.confusion = a.has("confusion");
  Session s = open_session(a);
  const EvalResult r = s.evaluate(o);
  if (a.json) {
    nlohmann::ordered_json j{{"ok", true}, {"split", r.split}, {"rows", r.rows}};
    for (const auto& [name, v] : r.scores) j[name] = v;
    if (o.confusion) {
      j["classes"] = r.classes;
      j["confusion"] = r.confusion;
    }
    print(j.dump() + "\n");
  } else {
    std::string line = r.split + "  rows " + std::to_string(r.rows);
    for (const auto& [name, v] : r.scores) line += "  " + score_text(name, v);
    print(line + "\n" + (o.confusion ? confusion_table(r) : ""));
  }
  for (const std::string& rule : a.get<std::vector<std::string>>("fail-under", {})) {
    const size_t eq = rule.find('=');
    const std::string name = rule.substr(0, eq);
    char* end = nullptr;
    const double least = eq == std::string::npos ? 0 : std::strtod(rule.c_str() + eq + 1, &end);
    if (end == nullptr || *end != '\0' || end == rule.c_str() + eq + 1) {
      throw Error(Code::usage, "--fail-under takes METRIC=NUMBER, not '" + rule + "'");
    }
    bool known = false;
    for (const auto& [metric, v] : r.scores) {
      if (metric != name) continue;
      known = true;
      if (v < least)
        throw Error(Code::check, score_text(metric, v) + " is under " + rule.substr(eq + 1));
    }
    if (!known) throw Error(Code::usage, "--fail-under: the model has no metric '" + name + "'");
  }
  return 0;
}

}  // namespace

Command command_eval() {
  Command c;
  c.name = "eval";
  c.summary = "loss and metrics of a trained run on a split or a file";
  c.usage = "eval RUN [--split train|val|test | --data FILE] [options]";
  c.min_positional = c.max_positional = 1;
  c.options = [](po::options_description& d) {
    d.add_options()("split", po::value<std::string>()->value_name("NAME"),
                    "train, val or test (test, else val, else train)")(
        "data", po::value<std::string>()->value_name("FILE"), "rows of this file instead")(
        "confusion", "the confusion matrix of a classifier")(
        "fail-under", po::value<std::vector<std::string>>()->composing()->value_name("METRIC=X"),
        "exit 7 when the metric is lower");
  };
  c.run = eval;
  return c;
}

}  // namespace nnrun::cli
