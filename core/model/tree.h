// Tree: a YAML document as plain data in which everything keeps its place: what parse makes,
// overrides change and read turns into a Spec. Anchors and merge keys are already resolved.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nnrun/error.h>

namespace nnrun {

/// The file name of what stands on the command line; its line is the number of the override.
inline constexpr const char* kOverrideFile = "<override>";

struct Tree {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool quoted = false;         // of a scalar: "3" is a text, 3 may be a number
  std::string text;            // of a scalar
  Where where;                 // of the value; of the key, when there is no value
  std::string key;             // of a value in a mapping
  Where key_where;             //
  std::vector<Tree> children;  // items, or values in the order of the file, keys being unique

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }

  /// The value under a key of a mapping, or null.
  const Tree* find(std::string_view name) const {
    if (!is_mapping()) return nullptr;
    for (const Tree& c : children) {
      if (c.key == name) return &c;
    }
    return nullptr;
  }
  Tree* find(std::string_view name) {
    return const_cast<Tree*>(static_cast<const Tree*>(this)->find(name));
  }

  static Tree scalar(std::string text, Where where = {}) {
    Tree t;
    t.kind = Kind::scalar;
    t.text = std::move(text);
    t.where = std::move(where);
    return t;
  }
  static Tree sequence(Where where = {}) {
    Tree t;
    t.kind = Kind::sequence;
    t.where = std::move(where);
    return t;
  }
  static Tree mapping(Where where = {}) {
    Tree t = sequence(std::move(where));
    t.kind = Kind::mapping;
    return t;
  }
  /// Adds to a mapping; the key is new.
  Tree& add(std::string name, Tree value) {
    value.key = std::move(name);
    children.push_back(std::move(value));
    return children.back();
  }
};

/// What an error at this place is: wrong use of the command line, or a wrong model file.
inline Code code_at(const Where& where) {
  return where.file == kOverrideFile ? Code::usage : Code::model;
}

/// A value in messages: 'fast', [1, 2], a list, a mapping, nothing.
std::string describe(const Tree& tree);

}  // namespace nnrun
