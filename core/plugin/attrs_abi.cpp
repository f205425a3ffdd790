#include "core/plugin/attrs_abi.h"

#include <nnrun/error.h>

#include <cmath>
#include <cstring>

#include "core/base/text.h"

namespace nnrun {
namespace {

constexpr uint32_t kMaxAttrs = 256;
constexpr uint64_t kMaxValues = 65'536;
constexpr uint32_t kMaxChoices = 256;

[[noreturn]] void bad_attr(const std::string& text) { throw Error(Code::backend, text); }

template <class T> std::vector<T> list_of(const nnr_attr& a) {
  const T* p = static_cast<const T*>(a.data);
  return std::vector<T>(p, p + a.count);
}

AttrValue value_of(const nnr_attr& a, const std::string& what) {
  if (a.count > kMaxValues) bad_attr(what + " has " + std::to_string(a.count) + " values");
  if (a.data == nullptr && a.count > 0) bad_attr(what + " has no data");
  if (a.kind == NNR_INT) return list_of<int64_t>(a);
  if (a.kind == NNR_FLOAT) return list_of<double>(a);
  if (a.count != 1) bad_attr(what + " has " + std::to_string(a.count) + " values, expected 1");
  switch (a.kind) {
    case NNR_BOOL: return *static_cast<const uint8_t*>(a.data) != 0;
    case NNR_STRING: return text_of(*static_cast<const nnr_str*>(a.data), what);
    case NNR_DTYPE: {
      DType t;
      if (!sdk::from_dl(*static_cast<const DLDataType*>(a.data), &t)) {
        bad_attr(what + " is a dtype that nnrun does not have");
      }
      return t;
    }
    default:
      bad_attr(what + " is of kind " + std::to_string(a.kind) + ", which nnrun does not know");
  }
}

AttrKind kind_of(uint32_t kind, const std::string& what) {
  switch (kind) {
    case NNR_INT: return AttrKind::integer;
    case NNR_FLOAT: return AttrKind::number;
    case NNR_BOOL: return AttrKind::flag;
    case NNR_STRING: return AttrKind::text;
    case NNR_DTYPE: return AttrKind::dtype;
    default: bad_attr(what + " is of kind " + std::to_string(kind) + ", which nnrun does not know");
  }
}

AttrDecl decl_of(const nnr_attr_decl& d, const std::string& who) {
  AttrDecl r;
  r.name = text_of(d.dflt.name, who + ": the name of an attribute", 256);
  const std::string what = who + ": attribute '" + r.name + "'";
  if (r.name.empty()) bad_attr(what + " has no name");
  r.kind = kind_of(d.dflt.kind, what);
  r.required = (d.flags & NNR_A_REQUIRED) != 0;
  r.optional = (d.flags & NNR_A_OPTIONAL) != 0;
  if (r.required && r.optional) bad_attr(what + " is both required and optional");
  r.doc = d.doc.ptr == nullptr ? "" : text_of(d.doc, what + ": its documentation");
  if (std::isnan(d.min) || std::isnan(d.max) || d.min > d.max) {
    bad_attr(what + " has the range " + number_text(d.min) + " to " + number_text(d.max));
  }
  // Attributes that are no numbers leave both at 0.
  if (r.kind == AttrKind::integer || r.kind == AttrKind::number) r.min = d.min, r.max = d.max;
  if (d.n_choice > kMaxChoices || (d.n_choice > 0 && d.choice == nullptr)) {
    bad_attr(what + " has a bad list of choices");
  }
  for (uint32_t i = 0; i < d.n_choice; ++i) {
    r.choice.push_back(text_of(d.choice[i], what + ": a choice", 256));
  }
  if (d.count_min > d.count_max || d.count_max > kMaxValues) {
    bad_attr(what + " takes " + std::to_string(d.count_min) + " to " + std::to_string(d.count_max) +
             " values");
  }
  r.count_min = int(d.count_min);
  r.count_max = int(d.count_max);
  if (r.required || r.optional) return r;

  r.dflt = value_of(d.dflt, what + ": its default");
  try {
    AttrDecl plain = r;
    plain.optional = true;
    Attrs given;
    given.set(r.name, r.dflt);
    r.dflt = complete({std::move(plain)}, given, who).get(r.name, r.kind);
  } catch (const Error& e) {
    bad_attr(std::string("the default breaks its own rule: ") + e.what());
  }
  return r;
}

/// The first byte of s that has no place in a text, or s.size().
size_t bad_byte(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    const size_t n = c < 0x80                ? 1
                     : c >= 0xc2 && c < 0xe0 ? 2
                     : c >= 0xe0 && c < 0xf0 ? 3
                     : c >= 0xf0 && c < 0xf5 ? 4
                                             : 0;
    if (n == 0 || i + n > s.size() || (c < 0x20 && c != '\n') || c == 0x7f) return i;
    for (size_t k = 1; k < n; ++k) {
      if ((static_cast<unsigned char>(s[i + k]) & 0xc0) != 0x80) return i;
    }
    const auto next = n > 1 ? static_cast<unsigned char>(s[i + 1]) : 0;
    if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next >= 0xa0) ||  // overlong, surrogates
        (c == 0xf0 && next < 0x90) || (c == 0xf4 && next >= 0x90) ||  // overlong, beyond U+10FFFF
        (c == 0xc2 && next < 0xa0)) {                                 // C1 control characters
      return i;
    }
    i += n;
  }
  return s.size();
}

}  // namespace

AttrArray::AttrArray(Attrs attrs)
    : attrs_(std::make_unique<const Attrs>(std::move(attrs))), slots_(attrs_->size()) {
  abi_.reserve(attrs_->size());
  for (const auto& [name, v] : *attrs_) {
    Slot& slot = slots_[abi_.size()];
    nnr_attr a = {sdk::str(name), 0, 0, v.count(), nullptr};
    switch (v.kind()) {
      case AttrKind::integer: a.kind = NNR_INT, a.data = v.ints().data(); break;
      case AttrKind::number: a.kind = NNR_FLOAT, a.data = v.numbers().data(); break;
      case AttrKind::flag:
        slot.flag = v.flag() ? 1 : 0;
        a.kind = NNR_BOOL, a.data = &slot.flag;
        break;
      case AttrKind::text:
        slot.text = sdk::str(v.text());
        a.kind = NNR_STRING, a.data = &slot.text;
        break;
      case AttrKind::dtype:
        slot.dtype = sdk::to_dl(v.dtype());
        a.kind = NNR_DTYPE, a.data = &slot.dtype;
        break;
      case AttrKind::null: continue;
    }
    abi_.push_back(a);
  }
}

std::string text_of(nnr_str s, const std::string& what, size_t max_bytes) {
  if (s.ptr == nullptr) bad_attr(what + " is a null pointer");
  if (s.len > max_bytes) {
    bad_attr(what + " is " + std::to_string(s.len) + " bytes long, expected at most " +
             std::to_string(max_bytes));
  }
  if (s.ptr[s.len] != '\0') bad_attr(what + " does not end in a NUL at its length");
  const std::string_view text(s.ptr, size_t(s.len));
  if (const size_t at = bad_byte(text); at != text.size()) {
    bad_attr(what + " is not clean UTF-8: \"" + printable(text, 80) + "\"");
  }
  return std::string(text);
}

std::string text_of(const char* s, const std::string& what, size_t max_bytes) {
  if (s == nullptr) bad_attr(what + " is a null pointer");
  const size_t n = strnlen(s, max_bytes + 1);
  if (n > max_bytes) {
    bad_attr(what + " has no end in its first " + std::to_string(max_bytes) + " bytes");
  }
  return text_of(nnr_str{s, n}, what, max_bytes);
}

Attrs attrs_of(const nnr_attr* attrs, uint32_t n, const std::string& who) {
  if (n > kMaxAttrs || (n > 0 && attrs == nullptr)) bad_attr(who + ": bad list of attributes");
  Attrs r;
  for (uint32_t i = 0; i < n; ++i) {
    const std::string name = text_of(attrs[i].name, who + ": the name of an attribute", 256);
    r.set(name, value_of(attrs[i], who + ": attribute '" + name + "'"));
  }
  return r;
}

std::vector<AttrDecl> decls_of(const nnr_attr_decl* const* decls, uint32_t n,
                               const std::string& who) {
  if (n > kMaxAttrs || (n > 0 && decls == nullptr)) bad_attr(who + ": bad list of attributes");
  std::vector<AttrDecl> r;
  for (uint32_t i = 0; i < n; ++i) {
    if (decls[i] == nullptr) {
      bad_attr(who + ": attribute " + std::to_string(i) + " is a null pointer");
    }
    if (decls[i]->struct_size < NNR_THRU(nnr_attr_decl, reserved)) {
      bad_attr(who + ": attribute " + std::to_string(i) + " has struct_size " +
               std::to_string(decls[i]->struct_size) + ", expected at least " +
               std::to_string(NNR_THRU(nnr_attr_decl, reserved)));
    }
    r.push_back(decl_of(*decls[i], who));
    for (size_t k = 0; k + 1 < r.size(); ++k) {
      if (r[k].name == r.back().name)
        bad_attr(who + ": two attributes are named '" + r[k].name + "'");
    }
  }
  return r;
}

}  // namespace nnrun
