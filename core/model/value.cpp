#include "core/model/value.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "core/base/text.h"

namespace nnrun {
namespace {

[[noreturn]] void fail(const Tree& at, const std::string& message, const std::string& hint = "") {
  throw Error(code_at(at.where), message).at(at.where).with_hint(hint);
}

bool is_digits(std::string_view s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view s) {
  return !s.empty() && (s[0] == '-' || s[0] == '+') ? s.substr(1) : s;
}

/// [-+]? digits, with no leading zero.
bool is_integer_text(std::string_view s) {
  s = without_sign(s);
  return is_digits(s) && (s.size() == 1 || s[0] != '0');
}

/// [-+]? digits [. digits] [e[-+]digits], one side of the point may be empty.
bool is_number_text(std::string_view s) {
  s = without_sign(s);
  const size_t e = s.find_first_of("eE");
  if (e != std::string_view::npos) {
    if (!is_digits(without_sign(s.substr(e + 1)))) return false;
    s = s.substr(0, e);
  }
  const size_t point = s.find('.');
  const std::string_view whole = s.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? "" : s.substr(point + 1);
  if (whole.empty() && part.empty()) return false;
  if (!whole.empty() && (!is_digits(whole) || (whole.size() > 1 && whole[0] == '0'))) return false;
  return part.empty() || is_digits(part);
}

template <class T> std::optional<T> parse_as(std::string_view s) {
  if (!s.empty() && s[0] == '+') s.remove_prefix(1);
  T value{};
  const auto r = std::from_chars(s.data(), s.data() + s.size(), value);
  if (r.ec != std::errc() || r.ptr != s.data() + s.size()) return std::nullopt;
  return value;
}

/// What a text that is no number was probably meant to be.
std::string number_hint(const Tree& t) {
  if (t.quoted) return "leave the quotes out";
  const std::string_view s = without_sign(t.text);
  if (s.size() > 1 && s[0] == '0' && is_digits(s))
    return "no leading zero: it would be octal in YAML 1.1";
  if (s.size() > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o' || s[1] == 'b')) {
    return "write it as a plain decimal";
  }
  if (s.find('_') != std::string_view::npos) return "write it without '_'";
  if (s.find(',') != std::string_view::npos) return "the decimal point is '.'";
  return "";
}

int64_t integer(const Tree& t, const AttrDecl& d, const std::string& what) {
  std::string hint;
  if (t.is_scalar() && !t.quoted && is_integer_text(t.text)) {
    const auto v = parse_as<int64_t>(t.text);
    if (v && double(*v) >= d.min && double(*v) <= d.max) return *v;
  } else if (t.is_scalar()) {
    hint = number_hint(t);
    if (hint.empty()) hint = did_you_mean(t.text, d.choice);
  }
  fail(t, mismatch(what, t, expectation(d)), hint);
}

double number(const Tree& t, const AttrDecl& d, const std::string& what) {
  std::string hint;
  if (t.is_scalar() && !t.quoted && is_number_text(t.text)) {
    const auto v = parse_as<double>(t.text);
    if (v && std::isfinite(*v) && *v >= d.min && *v <= d.max && !(d.min_open && *v == d.min)) {
      return *v;
    }
  } else if (t.is_scalar()) {
    hint = number_hint(t);
  }
  fail(t, mismatch(what, t, expectation(d)), hint);
}

bool flag(const Tree& t, const std::string& what) {
  if (t.is_scalar() && !t.quoted && t.text == "true") return true;
  if (t.is_scalar() && !t.quoted && t.text == "false") return false;
  std::string hint;
  if (t.is_scalar() && t.quoted) hint = "leave the quotes out";
  for (const char* yes : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "True", "TRUE", "1"}) {
    if (t.text == yes) hint = "write true";
  }
  for (const char* no : {"no", "No", "NO", "off", "Off", "OFF", "n", "N", "False", "FALSE", "0"}) {
    if (t.text == no) hint = "write false";
  }
  fail(t, mismatch(what, t, "true or false"), hint);
}

/// Values of a list, or one that stands for a list; filled up when the count is fixed.
template <class T, class F>
std::vector<T> list(const Tree& t, const AttrDecl& d, const std::string& what, F&& one) {
  if (!t.is_sequence()) {
    const T v = one(t);
    return std::vector<T>(d.count_min == d.count_max ? size_t(d.count_max) : 1, v);
  }
  if (d.count_max == 1) fail(t, mismatch(what, t, expectation(d)));
  const int n = int(t.children.size());
  if (n < d.count_min || n > d.count_max) {
    const std::string most = std::to_string(d.count_max);
    fail(t, what + " has " + std::to_string(n) + (n == 1 ? " value" : " values") + ", expected " +
                (d.count_min == d.count_max ? most : std::to_string(d.count_min) + " to " + most));
  }
  std::vector<T> r;
  for (const Tree& c : t.children) r.push_back(one(c));
  return r;
}

std::string quoted_list(const std::vector<std::string>& words) {
  return (words.size() == 1 ? "" : "one of: ") + join(words);
}

}  // namespace

std::string mismatch(const std::string& what, const Tree& got, const std::string& expected) {
  return what + " is " + describe(got) + ", expected " + expected;
}

std::string expectation(const AttrDecl& d) {
  switch (d.kind) {
    case AttrKind::integer: {
      std::string s = d.count_max > 1 ? "plain decimal integers" : "a plain decimal integer";
      const bool low = d.min > -9e18, high = d.max < 9e18;
      const auto text = [](double v) { return std::to_string(int64_t(v)); };
      if (low && high) {
        s += " between " + text(d.min) + " and " + text(d.max);
      } else if (low) {
        s += " of at least " + text(d.min);
      } else if (high) {
        s += " of at most " + text(d.max);
      }
      return d.choice.empty() ? s : s + ", or " + join(d.choice, " or ");
    }
    case AttrKind::number: {
      std::string s = d.count_max > 1 ? "finite numbers" : "a finite number";
      const bool low = std::isfinite(d.min), high = std::isfinite(d.max);
      if (low && high && !d.min_open) {
        return s + " between " + number_text(d.min) + " and " + number_text(d.max);
      }
      if (low) s += (d.min_open ? " > " : " >= ") + number_text(d.min);
      if (high) s += std::string(low ? " and" : "") + " <= " + number_text(d.max);
      return s;
    }
    case AttrKind::flag: return "true or false";
    case AttrKind::text: return d.choice.empty() ? "a text" : quoted_list(d.choice);
    case AttrKind::dtype: return "a dtype such as float32";
    case AttrKind::null: return "null";
  }
  return "";
}

std::string read_text(const Tree& t, const std::string& what) {
  if (!t.is_scalar()) fail(t, mismatch(what, t, "a text"));
  return t.text;
}

AttrValue read_value(const Tree& t, const AttrDecl& d, const std::string& what) {
  switch (d.kind) {
    case AttrKind::integer:
      for (const std::string& word : d.choice) {
        if (t.is_scalar() && t.text == word) return AttrValue(word);
      }
      return list<int64_t>(t, d, what, [&](const Tree& c) { return integer(c, d, what); });
    case AttrKind::number:
      return list<double>(t, d, what, [&](const Tree& c) { return number(c, d, what); });
    case AttrKind::flag: return flag(t, what);
    case AttrKind::text: {
      std::string s = read_text(t, what);
      for (const std::string& word : d.choice) {
        if (s == word) return s;
      }
      if (d.choice.empty()) return s;
      fail(t, mismatch(what, t, expectation(d)), did_you_mean(s, d.choice));
    }
    case AttrKind::dtype: {
      DType dtype;
      if (t.is_scalar() && parse_dtype(t.text, &dtype)) return dtype;
      fail(t, mismatch(what, t, expectation(d)));
    }
    case AttrKind::null: break;
  }
  throw Error(Code::internal, "a kind of attribute that is not known");
}

AttrValue read_number(const Tree& t, const std::string& what) {
  if (t.is_scalar() && !t.quoted && is_integer_text(t.text)) {
    if (const auto v = parse_as<int64_t>(t.text)) return *v;
  }
  return number(t, optional_attr("", AttrKind::number, ""), what);
}

}  // namespace nnrun
