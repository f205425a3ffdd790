// Attributes: the named, typed arguments of ops, layers, losses, optimizers, and their
// declarations. One declaration serves validation, defaults, documentation and schema, for
// built-ins and plug-ins alike; abi/attrs.h is the same across the border.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/tensor/dtype.h"

namespace nnrun {

enum class AttrKind { integer, number, flag, text, dtype, null };  // YAML: int, float, bool, string

/// One value; integers and numbers are lists, a single one a list of length 1. null is Python's
/// None.
class AttrValue {
 public:
  using Ints = std::vector<int64_t>;
  using Numbers = std::vector<double>;

  AttrValue() : v_(Ints{}) {}
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  AttrValue(T v) : v_(Ints{int64_t(v)}) {}
  template <class T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0> AttrValue(T v)
      : v_(Numbers{double(v)}) {}
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0> AttrValue(T v) : v_(v) {}
  AttrValue(Ints v) : v_(std::move(v)) {}
  AttrValue(Numbers v) : v_(std::move(v)) {}
  AttrValue(const char* v) : v_(std::string(v)) {}
  AttrValue(std::string v) : v_(std::move(v)) {}
  AttrValue(DType v) : v_(v) {}
  AttrValue(std::nullptr_t) : v_(std::monostate{}) {}

  AttrKind kind() const { return static_cast<AttrKind>(v_.index()); }
  const Ints& ints() const { return std::get<Ints>(v_); }
  const Numbers& numbers() const { return std::get<Numbers>(v_); }
  bool flag() const { return std::get<bool>(v_); }
  const std::string& text() const { return std::get<std::string>(v_); }
  DType dtype() const { return std::get<DType>(v_); }
  size_t count() const {
    return kind() == AttrKind::integer  ? ints().size()
           : kind() == AttrKind::number ? numbers().size()
                                        : 1;
  }
  /// As the model file writes it: 3, [1, 2], 0.1, true, mean, float32, null.
  std::string str() const;

  friend bool operator==(const AttrValue& a, const AttrValue& b) { return a.v_ == b.v_; }

 private:
  std::variant<Ints, Numbers, bool, std::string, DType, std::monostate> v_;
};

/// Attributes by name. A getter of a name that is absent or of another kind is a bug of the caller
/// (Error internal): what users write is checked by complete() first.
class Attrs {
 public:
  Attrs() = default;
  Attrs(std::initializer_list<std::pair<const std::string, AttrValue>> list) : map_(list) {}

  /// The value as it stands, or null when there is none.
  const AttrValue* find(const std::string& name) const {
    auto it = map_.find(name);
    return it == map_.end() ? nullptr : &it->second;
  }
  /// Whether there is a value, and it is not null.
  bool has(const std::string& name) const {
    const AttrValue* v = find(name);
    return v != nullptr && v->kind() != AttrKind::null;
  }
  bool is_text(const std::string& name) const {
    const AttrValue* v = find(name);
    return v != nullptr && v->kind() == AttrKind::text;
  }
  void set(const std::string& name, AttrValue v) { map_[name] = std::move(v); }
  void erase(const std::string& name) { map_.erase(name); }
  int64_t integer(const std::string& name) const {
    return get(name, AttrKind::integer).ints().at(0);
  }
  const std::vector<int64_t>& integers(const std::string& name) const {
    return get(name, AttrKind::integer).ints();
  }
  double number(const std::string& name) const {
    return get(name, AttrKind::number).numbers().at(0);
  }
  const std::vector<double>& numbers(const std::string& name) const {
    return get(name, AttrKind::number).numbers();
  }
  bool flag(const std::string& name) const { return get(name, AttrKind::flag).flag(); }
  const std::string& text(const std::string& name) const {
    return get(name, AttrKind::text).text();
  }
  DType dtype(const std::string& name) const { return get(name, AttrKind::dtype).dtype(); }

  const AttrValue& get(const std::string& name, AttrKind kind) const;
  auto begin() const { return map_.begin(); }
  auto end() const { return map_.end(); }
  size_t size() const { return map_.size(); }
  bool empty() const { return map_.empty(); }
  /// "{dim=1, keepdim=true}", names sorted; "" when empty.
  std::string str() const;
  friend bool operator==(const Attrs& a, const Attrs& b) { return a.map_ == b.map_; }

 private:
  std::map<std::string, AttrValue> map_;
};

/// What may be said: built by the functions below, in positional order.
struct AttrDecl {
  std::string name;
  AttrKind kind = AttrKind::integer;
  bool required = false;
  bool optional = false;  // no default: absent unless said
  bool nullable = false;  // null may stand for it, and is not the default
  AttrValue dflt;
  std::string doc;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_open = false;            // the bound itself is not allowed
  std::vector<std::string> choice;  // of a text; of an integer: words that may stand instead
  int count_min = 1, count_max = 1;
  bool is_path = false;  // of a text: a file, relative to the model file's folder

  AttrDecl&& path() && { return is_path = true, std::move(*this); }
  AttrDecl&& range(double lo, double hi) && { return min = lo, max = hi, std::move(*this); }
  AttrDecl&& above(double lo) && { return min = lo, min_open = true, std::move(*this); }
  AttrDecl&& at_least(double lo) && { return min = lo, std::move(*this); }
  AttrDecl&& of(std::vector<std::string> c) && { return choice = std::move(c), std::move(*this); }
  AttrDecl&& or_null() && { return nullable = true, std::move(*this); }
  /// Takes lo..hi values; when lo == hi one value fills all (torch's kernel_size: 3).
  AttrDecl&& count(int lo, int hi) && { return count_min = lo, count_max = hi, std::move(*this); }
};

inline AttrDecl attr(std::string name, AttrValue dflt, std::string doc) {
  AttrDecl d;
  d.name = std::move(name);
  d.kind = dflt.kind();
  d.dflt = std::move(dflt);
  d.doc = std::move(doc);
  if (d.kind == AttrKind::integer || d.kind == AttrKind::number) {
    const int n = int(d.dflt.count());
    if (n > 1) d.count_min = d.count_max = n;
  }
  return d;
}
inline AttrDecl required_attr(std::string name, AttrKind kind, std::string doc) {
  AttrDecl d;
  d.name = std::move(name);
  d.kind = kind;
  d.required = true;
  d.doc = std::move(doc);
  return d;
}
inline AttrDecl optional_attr(std::string name, AttrKind kind, std::string doc) {
  AttrDecl d = required_attr(std::move(name), kind, std::move(doc));
  d.required = false;
  d.optional = true;
  return d;
}

/// `given` checked against the declarations and completed by their defaults. An integer serves
/// where a number is wanted. Throws Error(model) naming `owner` and the attribute: unknown (with
/// the nearest name), missing, of the wrong kind, out of range, not among the choices.
Attrs complete(const std::vector<AttrDecl>& decls, const Attrs& given, const std::string& owner);

}  // namespace nnrun
