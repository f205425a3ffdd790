#include "core/base/diagnostics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/source_line.h"
#include "core/base/text.h"

namespace nnrun {
namespace {

constexpr size_t kLongestMessage = 2000;

struct Style {
  const char* bold = "";
  const char* severity = "";
  const char* quiet = "";
  const char* reset = "";
};
Style style_of(const std::string& severity, bool color) {
  if (!color) return {};
  const char* c = severity == "error"     ? "\033[1;31m"
                  : severity == "warning" ? "\033[1;35m"
                                          : "\033[1;36m";
  return {"\033[1m", c, "\033[36m", "\033[0m"};
}

bool on_command_line(const Where& w) { return !w.file.empty() && w.file[0] == '<'; }

std::string place(const Where& w) {
  if (!w.known()) return "nnrun";
  std::string s = printable(w.file, 1000);
  if (w.line > 0) s += ":" + std::to_string(w.line);
  if (w.line > 0 && w.col > 0 && !on_command_line(w)) s += ":" + std::to_string(w.col);
  return s;
}

/// Messages of several lines keep them, indented, so that none looks like a diagnostic of its own.
std::string indented(const std::string& message) {
  std::string r;
  size_t begin = 0;
  while (begin <= message.size()) {
    const size_t end = std::min(message.find('\n', begin), message.size());
    if (begin > 0) r += "\n    ";
    r += printable(std::string_view(message).substr(begin, end - begin), kLongestMessage);
    begin = end + 1;
  }
  return r;
}

std::string headline(const Where& w, const std::string& severity, const std::string& message,
                     bool color) {
  const Style s = style_of(severity, color);
  return s.bold + place(w) + ": " + s.reset + s.severity + severity + ": " + s.reset +
         indented(message) + "\n";
}

/// The line with its number, and the caret below it.
std::string excerpt(const Where& w, const SourceText& source, bool color) {
  if (!w.known() || w.line <= 0 || !source) return "";
  const std::optional<std::string> text = source(w.file);
  if (!text) return "";
  const std::optional<std::string> line = line_of(*text, w.line);
  if (!line) return "";
  const SourceLine shown = show_line(*line, w.col, w.end_col);
  const Style s = style_of("error", color);
  std::string number = std::to_string(w.line);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  std::string r = s.quiet + number + " | " + s.reset + shown.text + "\n";
  if (w.col > 0) {
    r += s.quiet + std::string(number.size(), ' ') + " | " + s.reset +
         std::string(shown.caret, ' ') + s.severity + "^" + std::string(shown.width - 1, '~') +
         s.reset + "\n";
  }
  return r;
}

std::string render_one(const Where& where, const std::string& severity, const std::string& message,
                       const std::string& hint, const std::vector<Error::Note>& notes,
                       const SourceText& source, bool color) {
  std::string r = headline(where, severity, message, color) + excerpt(where, source, color);
  for (const Error::Note& n : notes) {
    r += n.where.known() ? headline(n.where, "note", n.message, color)
                         : "   note: " + indented(n.message) + "\n";
  }
  if (!hint.empty()) r += "   hint: " + indented(hint) + "\n";
  return r;
}

nlohmann::ordered_json json_one(const char* severity, const std::string& code, const Where& w,
                                const std::string& message, const std::string& hint) {
  using nlohmann::ordered_json;
  const auto number = [&](int v) { return w.known() && v > 0 ? ordered_json(v) : ordered_json(); };
  return {{"severity", severity},
          {"code", code},
          {"file", w.known() ? ordered_json(printable(w.file, 1000)) : ordered_json()},
          {"line", number(w.line)},
          {"col", number(w.col)},
          {"end_col", number(w.end_col)},
          {"message", indented(message)},
          {"hint", hint.empty() ? ordered_json() : ordered_json(indented(hint))}};
}

void add_notes(nlohmann::ordered_json* out, const std::string& code,
               const std::vector<Error::Note>& notes) {
  for (const Error::Note& n : notes) out->push_back(json_one("note", code, n.where, n.message, ""));
}

void add_error(nlohmann::ordered_json* out, const Error& e) {
  const std::string code = code_name(e.code());
  out->push_back(json_one("error", code, e.where(), e.what(), e.hint()));
  add_notes(out, code, e.notes());
  for (const Error& more : e.more()) add_error(out, more);
}

}  // namespace

std::string render(const Error& e, const SourceText& source, bool color) {
  std::string r = render_one(e.where(), "error", e.what(), e.hint(), e.notes(), source, color);
  for (const Error& more : e.more()) r += render(more, source, color);
  return r;
}

std::string render(const Warning& w, const SourceText& source, bool color) {
  return render_one(w.where, "warning", w.message + " [" + w.name + "]", w.hint, w.notes, source,
                    color);
}

std::string diagnostics_json(const std::vector<Error>& errors,
                             const std::vector<Warning>& warnings) {
  auto out = nlohmann::ordered_json::array();
  for (const Error& e : errors) add_error(&out, e);
  for (const Warning& w : warnings) {
    out.push_back(json_one("warning", w.name, w.where, w.message, w.hint));
    add_notes(&out, w.name, w.notes);
  }
  return out.dump();
}

const char* code_name(Code code) {
  switch (code) {
    case Code::internal: return "internal";
    case Code::usage: return "usage";
    case Code::model: return "model";
    case Code::data: return "data";
    case Code::backend: return "backend";
    case Code::numeric: return "numeric";
    case Code::check: return "check";
    case Code::memory: return "memory";
    case Code::distributed: return "distributed";
    case Code::not_implemented: return "not implemented";
  }
  return "internal";
}

}  // namespace nnrun
