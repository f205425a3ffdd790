#include "core/model/short_form.h"

#include <algorithm>
#include <cctype>

#include "core/base/text.h"
#include "core/model/parse.h"

namespace nnrun {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

bool is_name(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// A range of the text, without blanks around it.
struct Piece {
  size_t begin, end;
};

class ShortFormReader {
 public:
  explicit ShortFormReader(const Tree& t) : t_(t), s_(t.text) {}

  ShortForm read() {
    ShortForm r;
    const size_t open = s_.find('(');
    const Piece type = trim({0, std::min(open, s_.size())});
    r.type = std::string(text(type));
    r.where = at(type);
    if (r.type.empty()) fail({0, 1}, "a type name is missing");
    if (open == std::string::npos) return r;
    const Piece all = trim({0, s_.size()});
    if (s_[all.end - 1] != ')') {
      fail({open, open + 1}, "'(' is not closed",
           "in a list in brackets the short form needs quotes: 'Linear(16, 2)'");
    }
    for (const Piece& p : split({open + 1, all.end - 1})) r.arguments.push_back(argument(p));
    for (size_t i = 1; i < r.arguments.size(); ++i) {
      if (r.arguments[i].name.empty() && !r.arguments[i - 1].name.empty()) {
        throw Error(code_at(t_.where), "a positional argument stands after a named one")
            .at(r.arguments[i].value.where);
      }
    }
    return r;
  }

 private:
  std::string_view text(Piece p) const {
    return std::string_view(s_).substr(p.begin, p.end - p.begin);
  }

  Piece trim(Piece p) const {
    while (p.begin < p.end && is_blank(s_[p.begin])) ++p.begin;
    while (p.end > p.begin && is_blank(s_[p.end - 1])) --p.end;
    return p;
  }

  Where at(Piece p) const {
    const int first = t_.where.col + (t_.quoted ? 1 : 0);
    return {t_.where.file, t_.where.line, first + int(p.begin),
            first + int(std::max(p.end, p.begin + 1))};
  }

  [[noreturn]] void fail(Piece p, const std::string& message, const std::string& hint = "") const {
    throw Error(code_at(t_.where), message + " in '" + printable(s_, 60) + "'")
        .at(at(p))
        .with_hint(hint);
  }

  /// At the commas outside brackets and quotes.
  std::vector<Piece> split(Piece p) const {
    std::vector<Piece> r;
    int depth = 0;
    char quote = 0;
    size_t begin = p.begin;
    for (size_t i = p.begin; i < p.end; ++i) {
      const char c = s_[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(' || c == '[') {
        ++depth;
      } else if (c == ')' || c == ']') {
        if (--depth < 0) fail({i, i + 1}, "a closing bracket without an opening one");
      } else if (c == ',' && depth == 0) {
        r.push_back(trim({begin, i}));
        begin = i + 1;
      }
    }
    const Piece last = trim({begin, p.end});
    if (last.begin < last.end || !r.empty()) r.push_back(last);
    for (const Piece& x : r) {
      if (x.begin == x.end) fail({x.begin, x.begin + 1}, "an argument is missing");
    }
    return r;
  }

  ShortForm::Argument argument(Piece p) const {
    ShortForm::Argument a;
    const size_t equals = s_.find('=', p.begin);
    if (equals < p.end && is_name(text(trim({p.begin, equals})))) {
      const Piece name = trim({p.begin, equals});
      a.name = std::string(text(name));
      a.name_where = at(name);
      p = trim({equals + 1, p.end});
    }
    if (p.begin == p.end) fail({p.begin, p.begin + 1}, "a value is missing");
    a.value = parse_yaml(yaml_text(p), at(p));
    return a;
  }

  /// Python's tuples and constants as YAML's, byte for byte where places matter.
  std::string yaml_text(Piece p) const {
    std::string s(text(p));
    if (s == "True") return "true";
    if (s == "False") return "false";
    if (s == "None") return "null";
    if (s.front() == '(' && s.back() == ')') s.front() = '[', s.back() = ']';
    return s;
  }

  const Tree& t_;
  const std::string& s_;
};

}  // namespace

ShortForm read_short_form(const Tree& scalar) { return ShortFormReader(scalar).read(); }

}  // namespace nnrun
