#include "core/model/emit.h"

#include <algorithm>
#include <cctype>

#include "core/base/text.h"

namespace nnrun {
namespace {

bool is_plain(const std::string& s) {
  static const char* const words[] = {"null", "true", "false", "yes", "no", "on", "off"};
  std::string lower = s;
  for (char& c : lower) c = char(std::tolower(static_cast<unsigned char>(c)));
  for (const char* w : words) {
    if (lower == w) return false;
  }
  const auto first = static_cast<unsigned char>(s.empty() ? ' ' : s[0]);
  if (!std::isalpha(first) && first != '_' && first != '/' && first < 0x80) return false;
  return s.back() != ' ' && printable(s, s.size() + 1) == s &&
         std::all_of(s.begin(), s.end(), [](char c) {
           const auto u = static_cast<unsigned char>(c);
           return std::isalnum(u) || u >= 0x80 ||
                  std::string_view("_./+-^()*= ").find(c) != std::string_view::npos;
         });
}

std::string quoted(const std::string& s) {
  static const char hex[] = "0123456789abcdef";
  std::string r = "\"";
  for (char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      r += '\\';
      r += c;
    } else if (u < 0x20 || u == 0x7f) {
      r += "\\x";
      r += hex[u >> 4];
      r += hex[u & 15];
    } else {
      r += c;
    }
  }
  return r + "\"";
}

bool is_flow(const Tree& t) {
  return !t.is_mapping() && std::all_of(t.children.begin(), t.children.end(),
                                        [](const Tree& c) { return c.is_scalar() || c.is_null(); });
}

std::string flow(const Tree& t) {
  if (t.is_null()) return "null";
  if (t.is_scalar()) return t.quoted ? quoted(t.text) : t.text;
  std::string r = "[";
  for (size_t i = 0; i < t.children.size(); ++i) r += (i ? ", " : "") + flow(t.children[i]);
  return r + "]";
}

class Emitter {
 public:
  explicit Emitter(const std::function<std::string(const Where&)>& comment) : comment_(comment) {}

  /// What follows "key:" or "-", up to and with the line break.
  void value(const Tree& t, const Where& place, size_t indent) {
    if (is_flow(t)) {
      out += " " + flow(t);
      if (comment_) out += "  # " + comment_(place);
      out += '\n';
    } else {
      out += '\n';
      children(t, indent);
    }
  }

  void children(const Tree& t, size_t indent) {
    bool first = true;
    for (const Tree& c : t.children) {
      if (!(first && in_item_)) out += std::string(indent, ' ');
      in_item_ = false;
      first = false;
      if (t.is_mapping()) {
        out += (is_plain(c.key) ? c.key : quoted(c.key)) + ":";
        value(c, c.where, indent + 2);
      } else if (c.is_mapping() && !c.children.empty()) {
        out += "- ";
        in_item_ = true;
        children(c, indent + 2);
      } else {
        out += "-";
        value(c, c.where.known() ? c.where : t.where, indent + 2);
      }
    }
  }

  std::string out;

 private:
  const std::function<std::string(const Where&)>& comment_;
  bool in_item_ = false;  // the next key stands behind "- "
};

}  // namespace

std::string emit_yaml(const Tree& tree, const std::function<std::string(const Where&)>& comment) {
  Emitter e(comment);
  e.children(tree, 0);
  return std::move(e.out);
}

Tree text_scalar(std::string text) {
  Tree t = Tree::scalar(std::move(text));
  t.quoted = !is_plain(t.text);
  return t;
}

}  // namespace nnrun
