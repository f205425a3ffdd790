// Attributes from the author's side: declaring what a model file may say, and passing values to
// ops.
//
//   static std::vector<Attr> attrs() {
//     return {attr("slope", 10.0, "steepness of the surrogate").range(1e-3, 1e6),
//             attr("surrogate", "sigmoid", "shape of the gradient").of({"none", "sigmoid"}),
//             required<int64_t>("out_features", "number of units").range(1, 1e9)};
//   }
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../abi/attrs.h"
#include "dtype.hpp"
#include "status.hpp"

namespace nnrun::sdk {

/// A value of an attribute: integers and numbers as lists, everything else single.
class AttrValue {
 public:
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  AttrValue(T v) : kind_(NNR_INT), ints_{static_cast<int64_t>(v)} {}
  template <class T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0> AttrValue(T v)
      : kind_(NNR_FLOAT), numbers_{static_cast<double>(v)} {}
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0> AttrValue(T v)
      : kind_(NNR_BOOL), flag_(v ? 1 : 0) {}
  AttrValue(std::vector<int64_t> v) : kind_(NNR_INT), ints_(std::move(v)) {}
  AttrValue(std::vector<double> v) : kind_(NNR_FLOAT), numbers_(std::move(v)) {}
  AttrValue(const char* v) : kind_(NNR_STRING), text_(v) {}
  AttrValue(std::string v) : kind_(NNR_STRING), text_(std::move(v)) {}
  AttrValue(DType v) : kind_(NNR_DTYPE), dtype_(to_dl(v)) {}

  uint32_t kind() const { return kind_; }
  /// Points into this object, which must stay where it is.
  nnr_attr abi(const std::string& name) {
    nnr_attr a = {str(name), kind_, 0, 1, nullptr};
    switch (kind_) {
      case NNR_INT: a.data = ints_.data(), a.count = ints_.size(); break;
      case NNR_FLOAT: a.data = numbers_.data(), a.count = numbers_.size(); break;
      case NNR_BOOL: a.data = &flag_; break;
      case NNR_STRING: text_abi_ = str(text_), a.data = &text_abi_; break;
      default: a.data = &dtype_; break;
    }
    return a;
  }

 private:
  uint32_t kind_;
  std::vector<int64_t> ints_;
  std::vector<double> numbers_;
  uint8_t flag_ = 0;
  std::string text_;
  nnr_str text_abi_ = {};
  DLDataType dtype_ = {};
};

/// A declaration. Made by attr, required and optional below; positional in the order listed.
struct Attr {
  std::string name, doc;
  AttrValue value;  // the default; of required and optional ones only the kind counts
  uint32_t flags = 0;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choice;
  uint32_t count_min = 1, count_max = 1;

  Attr&& range(double lo, double hi) && { return min = lo, max = hi, std::move(*this); }
  Attr&& at_least(double lo) && { return min = lo, std::move(*this); }
  Attr&& of(std::vector<std::string> c) && { return choice = std::move(c), std::move(*this); }
  /// A list of lo..hi values; when lo == hi one value fills all.
  Attr&& count(uint32_t lo, uint32_t hi) && {
    return count_min = lo, count_max = hi, std::move(*this);
  }
};

inline Attr attr(std::string name, AttrValue dflt, std::string doc) {
  return Attr{std::move(name), std::move(doc), std::move(dflt)};
}
/// T: int64_t, double, bool, std::string or DType.
template <class T> Attr required(std::string name, std::string doc) {
  Attr a{std::move(name), std::move(doc), AttrValue(T{})};
  a.flags = NNR_A_REQUIRED;
  return a;
}
template <class T> Attr optional(std::string name, std::string doc) {
  Attr a{std::move(name), std::move(doc), AttrValue(T{})};
  a.flags = NNR_A_OPTIONAL;
  return a;
}

/// Declarations as the C table. Neither copied nor moved: it points into itself.
class AttrTable {
 public:
  explicit AttrTable(std::vector<Attr> attrs) : attrs_(std::move(attrs)) {
    choices_.reserve(attrs_.size());
    decls_.reserve(attrs_.size());
    for (Attr& a : attrs_) {
      std::vector<nnr_str>& choice = choices_.emplace_back();
      for (const std::string& c : a.choice) choice.push_back(str(c));
      nnr_attr_decl d = {};
      d.struct_size = sizeof d;
      d.flags = a.flags;
      d.dflt = a.value.abi(a.name);
      if (a.flags != 0) d.dflt.count = 0, d.dflt.data = nullptr;
      d.doc = str(a.doc);
      d.min = a.min;
      d.max = a.max;
      d.choice = choice.data();
      d.n_choice = static_cast<uint32_t>(choice.size());
      d.count_min = a.count_min;
      d.count_max = a.count_max;
      decls_.push_back(d);
    }
    for (const nnr_attr_decl& d : decls_) list_.push_back(&d);
  }
  AttrTable(const AttrTable&) = delete;
  AttrTable& operator=(const AttrTable&) = delete;

  const nnr_attr_decl* const* data() const { return list_.data(); }
  uint32_t size() const { return static_cast<uint32_t>(list_.size()); }

 private:
  std::vector<Attr> attrs_;
  std::vector<std::vector<nnr_str>> choices_;
  std::vector<nnr_attr_decl> decls_;
  std::vector<const nnr_attr_decl*> list_;
};

/// One named value for an op or a layer: {"dim", 1}.
struct Arg {
  std::string name;
  AttrValue value;
};

/// Arguments as the C array, sorted by name. Neither copied nor moved.
class ArgList {
 public:
  explicit ArgList(std::vector<Arg> args) : args_(std::move(args)) {
    std::sort(args_.begin(), args_.end(),
              [](const Arg& a, const Arg& b) { return a.name < b.name; });
    for (Arg& a : args_) abi_.push_back(a.value.abi(a.name));
  }
  ArgList(const ArgList&) = delete;
  ArgList& operator=(const ArgList&) = delete;

  const nnr_attr* data() const { return abi_.data(); }
  uint32_t size() const { return static_cast<uint32_t>(abi_.size()); }

 private:
  std::vector<Arg> args_;
  std::vector<nnr_attr> abi_;
};

}  // namespace nnrun::sdk
