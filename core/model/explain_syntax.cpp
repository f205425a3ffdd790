// Why a text does not parse. The parser notices most mistakes one line late and names the rule it
// was applying; here the text is read again, loosely, for the mistakes people make.
#include <algorithm>
#include <optional>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/tree.h"
#include "core/model/yaml_text.h"

namespace nnrun {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

char closing(char open) { return open == '[' ? ']' : '}'; }

Error error_at(const Where& where, const std::string& message, const std::string& hint = "") {
  return Error(code_at(where), message).at(where).with_hint(hint);
}

/// Brackets and quotes that do not pair up, found by walking the tokens.
class Brackets {
 public:
  explicit Brackets(const YamlText& t) : t_(t), s_(t.text()) {}

  std::optional<Error> find() {
    for (size_t i = 0; i < s_.size();) {
      const char c = s_[i];
      if (is_space(c)) {
        if (c == '\n') token_start_ = true;
        ++i;
      } else if (c == '#' && (i == 0 || is_space(s_[i - 1]))) {
        i = std::min(s_.find('\n', i), s_.size());
      } else if (auto e = step(c, &i)) {
        return e;
      }
    }
    if (open_.empty()) return std::nullopt;
    return not_closed();
  }

  bool too_deep = false;

 private:
  /// One character that is neither space nor comment.
  std::optional<Error> step(char c, size_t* i) {
    const size_t at = (*i)++;
    if (token_start_ && (c == '"' || c == '\'')) {
      const size_t end = quote_end(at);
      if (end == std::string::npos) return error_at(t_.where(at), "this quote is not closed");
      *i = end;
      token_start_ = false;
    } else if (token_start_ && (c == '[' || c == '{')) {
      open_.push_back(at);
      if (int(open_.size()) > limits().depth) {
        too_deep = true;
        return error_at(t_.where(at), "nested deeper than " + std::to_string(limits().depth));
      }
    } else if (!open_.empty() && (c == ']' || c == '}')) {
      const size_t from = open_.back();
      if (closing(s_[from]) != c) {
        return error_at(t_.where(at),
                        std::string("'") + c + "' closes nothing here: '" + s_[from] + "' is open")
            .with_note(t_.where(from), std::string("'") + s_[from] + "' opened here");
      }
      open_.pop_back();
      token_start_ = false;
    } else if (open_.empty() && token_start_ && (c == ']' || c == '}')) {
      return error_at(t_.where(at), std::string("'") + c + "' without an opening bracket");
    } else if (!open_.empty() && c == ',') {
      token_start_ = true;
    } else {
      const bool indicator = c == ':' || ((c == '-' || c == '?') && token_start_);
      token_start_ = indicator && (*i == s_.size() || is_space(s_[*i]));
    }
    return std::nullopt;
  }

  size_t quote_end(size_t at) const {
    for (size_t i = at + 1; i < s_.size(); ++i) {
      if (s_[at] == '"' && s_[i] == '\\') {
        ++i;
      } else if (s_[i] == s_[at]) {
        if (s_[at] == '"' || s_.compare(i + 1, 1, "'") != 0) return i + 1;
        ++i;
      }
    }
    return std::string::npos;
  }

  Error not_closed() const {
    const size_t from = open_.back();
    return error_at(t_.where(from), std::string("'") + s_[from] + "' is not closed",
                    std::string("a '") + closing(s_[from]) + "' is missing");
  }

  const YamlText& t_;
  const std::string& s_;
  std::vector<size_t> open_;
  bool token_start_ = true;
};

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool has_content(std::string_view line) {
  const size_t i = indent_of(line);
  return i < line.size() && line[i] != '#';
}

/// "key: value" and not only "key:".
bool has_value(std::string_view line) {
  const size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return false;
  const size_t value = line.find_first_not_of(' ', colon + 1);
  return value != std::string_view::npos && line[value] != '#' && line[value] != '&';
}

std::string count_spaces(size_t n) { return std::to_string(n) + (n == 1 ? " space" : " spaces"); }

/// An indentation that no line above has, or deeper than a line that already has its value.
std::optional<Error> wrong_indentation(const YamlText& t, int error_line) {
  std::vector<size_t> open;  // indentations in force, outermost first
  int previous = -1;
  for (int i = 0; i <= error_line && i < t.lines(); ++i) {
    const std::string_view line = t.line(i);
    if (!has_content(line)) continue;
    const size_t indent = indent_of(line);
    const Where at = t.where(t.line_start(i) + indent, line.size() - indent);
    if (open.empty() || indent > open.back()) {
      if (i == error_line && previous >= 0 && has_value(t.line(previous))) {
        return error_at(at, "this line is indented deeper than the one above, which is complete",
                        "indent it by " + count_spaces(open.back()));
      }
      open.push_back(indent);
    } else {
      size_t deeper = open.back();
      while (open.size() > 1 && indent < open.back()) {
        deeper = open.back();
        open.pop_back();
      }
      if (indent != open.back()) {
        return error_at(
            at, "no line above is indented like this one (" + count_spaces(indent) + ")",
            "indent it by " + std::to_string(open.back()) + " or " + count_spaces(deeper));
      }
    }
    // "- key: v" opens the indentation of its key too.
    size_t content = indent;
    while (line.substr(content, 2) == "- ") {
      content = std::min(line.find_first_not_of(' ', content + 1), line.size());
      open.push_back(content);
    }
    previous = i;
  }
  return std::nullopt;
}

/// Two ": " in one line outside brackets.
bool nested_value(std::string_view line) {
  const size_t first = line.find(": ");
  return first != std::string_view::npos && line.find(": ", first + 2) != std::string_view::npos;
}

/// "-item" and "key:value", where YAML wants a space.
std::optional<Error> missing_space(const YamlText& t, int n) {
  const std::string_view line = t.line(n);
  const size_t i = indent_of(line);
  if (line.substr(i, 1) == "-" && line.substr(i + 1, 1) != " " && line.substr(i + 1, 1) != "-") {
    return error_at(t.where(t.line_start(n) + i), "a space is needed after '-'");
  }
  const size_t colon = line.find(':', i);
  if (colon != std::string_view::npos && colon + 1 < line.size() && line[colon + 1] != ' ') {
    return error_at(t.where(t.line_start(n) + colon), "a space is needed after ':'");
  }
  return std::nullopt;
}

}  // namespace

void check_nesting(const YamlText& t) {
  Brackets brackets(t);
  auto e = brackets.find();
  if (brackets.too_deep) throw std::move(*e);
}

Error explain_syntax_error(const YamlText& t, size_t pos, const std::string& message) {
  const Where at = t.where(pos);
  const auto starts = [&](const char* s) { return message.rfind(s, 0) == 0; };
  if (starts("invalid unicode") || starts("bad character")) {
    return error_at(at, "invalid unicode escape");
  }
  if (starts("unknown escape")) {
    return error_at(at, "unknown escape in a quoted text: " + printable(message.substr(26), 10),
                    "write \\\\ for a backslash, or use 'single quotes'");
  }
  if (starts("the referenced anchor")) return error_at(at, "this anchor is not defined above");
  if (auto e = Brackets(t).find()) return std::move(*e);
  const int line = t.where(pos).line - t.where(0).line;
  if (auto e = missing_space(t, line)) return std::move(*e);
  if (auto e = wrong_indentation(t, line)) return std::move(*e);
  if (starts("illegal map value") && nested_value(t.line(line))) {
    return error_at(at, "a second ': ' in one value", "put the text in quotes");
  }
  if (starts("illegal flow end")) return error_at(at, "a closing bracket without an opening one");
  if (starts("unknown token")) {
    return error_at(at, "a value cannot begin with '" + printable(t.text().substr(pos, 1)) + "'",
                    "put the text in quotes");
  }
  if (starts("end of map not found") || starts("end of sequence not found") || starts("illegal")) {
    return error_at(
        at, "this does not fit the lines above (" + message + ")",
        "a mapping has 'key: value' lines, a list '- item' lines, all of one indentation");
  }
  return error_at(at, message.empty() ? "not valid YAML" : message);
}

}  // namespace nnrun
