#include "core/graph/attrs.h"

#include <nnrun/error.h>

#include <algorithm>
#include <cmath>

#include "core/base/text.h"

namespace nnrun {
namespace {

const char* kind_name(AttrKind k) {
  static const char* const names[] = {"an integer", "a number", "true or false",
                                      "a text",     "a dtype",  "null"};
  return names[int(k)];
}

template <class T, class F> std::string list_text(const std::vector<T>& v, F&& f) {
  if (v.size() == 1) return f(v[0]);
  std::string s = "[";
  for (size_t i = 0; i < v.size(); ++i) s += (i ? ", " : "") + f(v[i]);
  return s + "]";
}

[[noreturn]] void fail(const std::string& owner, const std::string& text) {
  throw Error(Code::model, owner + ": " + text);
}

void check_number(const AttrDecl& d, double v, const std::string& owner) {
  if (std::isnan(v) || v < d.min || v > d.max || (d.min_open && v == d.min) || std::isinf(v)) {
    std::string want;
    if (std::isfinite(d.min) && std::isfinite(d.max)) {
      want = "between " + number_text(d.min) + " and " + number_text(d.max);
    } else if (std::isfinite(d.min)) {
      want =
          d.min_open ? "a finite number > " + number_text(d.min) : "at least " + number_text(d.min);
    } else {
      want = "a finite number";
    }
    fail(owner, d.name + " is " + number_text(v) + ", expected " + want);
  }
}

void check_choice(const AttrDecl& d, const std::string& word, const std::string& owner) {
  if (std::find(d.choice.begin(), d.choice.end(), word) != d.choice.end()) return;
  throw Error(Code::model, owner + ": " + d.name + " is '" + printable(word) +
                               "', expected one of: " + join(d.choice))
      .with_hint(did_you_mean(word, d.choice));
}

AttrValue checked(const AttrDecl& d, AttrValue v, const std::string& owner) {
  if (v.kind() == AttrKind::null && d.nullable) return v;
  if (v.kind() == AttrKind::text && !d.choice.empty()) {
    check_choice(d, v.text(), owner);
    return v;
  }
  if (v.kind() == AttrKind::integer && d.kind == AttrKind::number) {
    v = AttrValue(AttrValue::Numbers(v.ints().begin(), v.ints().end()));
  }
  if (v.kind() != d.kind)
    fail(owner, d.name + " is " + v.str() + ", expected " + kind_name(d.kind));
  const int n = int(v.count());
  const bool list = d.kind == AttrKind::integer || d.kind == AttrKind::number;
  if (list && n == 1 && d.count_max > 1 && d.count_min == d.count_max) {
    if (d.kind == AttrKind::integer) {
      v = AttrValue(AttrValue::Ints(size_t(d.count_max), v.ints()[0]));
    } else {
      v = AttrValue(AttrValue::Numbers(size_t(d.count_max), v.numbers()[0]));
    }
  } else if (list && (n < d.count_min || n > d.count_max)) {
    fail(owner, d.name + " has " + std::to_string(n) + " values, expected " +
                    (d.count_min == d.count_max
                         ? std::to_string(d.count_min)
                         : std::to_string(d.count_min) + " to " + std::to_string(d.count_max)));
  }
  if (d.kind == AttrKind::integer) {
    for (int64_t x : v.ints()) check_number(d, double(x), owner);
  } else if (d.kind == AttrKind::number) {
    for (double x : v.numbers()) check_number(d, x, owner);
  }
  return v;
}

}  // namespace

std::string AttrValue::str() const {
  switch (kind()) {
    case AttrKind::integer: return list_text(ints(), [](int64_t x) { return std::to_string(x); });
    case AttrKind::number: return list_text(numbers(), [](double x) { return number_text(x); });
    case AttrKind::flag: return flag() ? "true" : "false";
    case AttrKind::text: return text();
    case AttrKind::dtype: return name_of(dtype());
    case AttrKind::null: return "null";
  }
  return "";
}

const AttrValue& Attrs::get(const std::string& name, AttrKind kind) const {
  const AttrValue* v = find(name);
  if (v == nullptr || v->kind() != kind) {
    throw Error(Code::internal, "attribute '" + name + "' is missing or of another kind");
  }
  return *v;
}

std::string Attrs::str() const {
  if (map_.empty()) return "";
  std::string s = "{";
  bool first = true;
  for (const auto& [name, v] : map_) {
    s += (first ? "" : ", ") + name + "=" + v.str();
    first = false;
  }
  return s + "}";
}

Attrs complete(const std::vector<AttrDecl>& decls, const Attrs& given, const std::string& owner) {
  for (const auto& [name, v] : given) {
    bool known = false;
    std::vector<std::string> names;
    for (const AttrDecl& d : decls) {
      known = known || d.name == name;
      names.push_back(d.name);
    }
    if (!known) {
      std::string hint = did_you_mean(name, names);
      if (hint.empty() && !names.empty()) hint = "it takes: " + join(names);
      throw Error(Code::model, owner + ": unknown argument '" + printable(name) + "'")
          .with_hint(std::move(hint));
    }
  }
  Attrs r;
  for (const AttrDecl& d : decls) {
    if (const AttrValue* v = given.find(d.name)) {
      r.set(d.name, checked(d, *v, owner));
    } else if (d.required) {
      fail(owner, d.name + " is missing");
    } else if (!d.optional) {
      r.set(d.name, d.dflt);
    }
  }
  return r;
}

}  // namespace nnrun
