#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tools/nnrun/command.h"
#include "tools/nnrun/terminal.h"

namespace nnrun::cli {

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return;
  if (errno == EPIPE) std::_Exit(0);  // `| head` has seen enough
  throw Error(Code::data, std::string("standard output: ") + std::strerror(errno));
}

void show_warnings(const Session& s, const Args& a) {
  if (a.quiet) return;
  for (const Warning& w : s.warnings())
    say(render(w, source_text(a.open.overrides), terminal().colour));
}

Session open_session(const Args& a) {
  Session s = Session::load(a.positional.at(0), a.open);
  show_warnings(s, a);
  return s;
}

std::string number(double v, const char* format) {
  char buf[64];
  std::snprintf(buf, sizeof buf, format, v);
  return buf;
}

std::string score_text(const std::string& name, double value) {
  const bool share = name == "accuracy" || name == "f1" || name == "r2";
  return name + " " + number(value, share ? "%.3f" : "%.4g");
}

nlohmann::ordered_json to_json(const Scores& scores) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const auto& [name, v] : scores) j[name] = v;
  return j;
}

std::string table(const std::vector<std::vector<std::string>>& rows, size_t left) {
  std::vector<size_t> width;
  for (const auto& r : rows) {
    width.resize(std::max(width.size(), r.size()));
    for (size_t i = 0; i < r.size(); ++i) width[i] = std::max(width[i], r[i].size());
  }
  std::string s;
  for (const auto& r : rows) {
    std::string line;
    for (size_t i = 0; i < r.size(); ++i) {
      const std::string pad(width[i] - r[i].size(), ' ');
      line += (i ? "  " : "") + (i < left ? r[i] + pad : pad + r[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    s += line + "\n";
  }
  return s;
}

}  // namespace nnrun::cli
