#include "core/model/override.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/model/parse.h"
#include "core/model/schema.h"

namespace nnrun {
namespace {

struct Segment {
  std::string name;
  size_t begin;  // in the override
};

/// What the schema says a value is, as far as its tables reach.
struct Position {
  const Section* section = nullptr;  // of a mapping with a table
  const Key* key = nullptr;          // under which it stands
  bool item = false;                 // in the list under `key`

  /// The key under which a value that is no mapping stands in the mapping it is short for; null
  /// when it is short for none.
  const char* shorthand() const {
    if (section != nullptr)
      return section->shorthand.empty() ? nullptr : section->shorthand.c_str();
    if (key == nullptr) return nullptr;
    const bool component = key->form == Key::Form::component && !item;
    const bool layer = key->form == Key::Form::layers && item;
    return component || layer ? "type" : nullptr;
  }
  Position below(const std::string& name) const {
    if (section == nullptr) {
      for (const Key& k : layer_keys()) {
        if (key != nullptr && k.form == Key::Form::layers && k.decl.name == name)
          return {nullptr, &k};
      }
      return {};
    }
    const Key* k = section->find(name);
    if (k == nullptr) return {};
    return {k->form == Key::Form::section ? k->section : nullptr, k};
  }
  Position of_item() const {
    const bool sections = key != nullptr && key->form == Key::Form::sections;
    return {sections ? key->section : nullptr, key, true};
  }
};

/// Spells out what is short for a mapping; nothing becomes an empty one.
void make_mapping(Tree& t, const char* shorthand) {
  if (t.is_mapping()) return;
  Tree old = std::move(t);
  t = Tree::mapping(old.where);
  t.key = old.key;
  t.key_where = old.key_where;
  if (old.is_null()) return;
  old.key_where = old.where;
  t.add(shorthand, std::move(old));
}

/// `Linear` of a mapping with `type: Linear(16, 2)`; "" when there is none.
std::string type_of(const Tree& t) {
  const Tree* type = t.find("type");
  if (type == nullptr || !type->is_scalar()) return "";
  return type->text.substr(0, type->text.find('('));
}

void replace(Tree& old, Tree value) {
  value.key = old.key;
  if (!value.key_where.known()) value.key_where = old.key_where;
  old = std::move(value);
}

void merge(Tree& old, Tree value, const Position& at) {
  if (at.shorthand() != nullptr) {
    if (value.is_mapping() && old.is_scalar()) make_mapping(old, at.shorthand());
    if (at.section != nullptr && !value.is_null()) {
      make_mapping(old, at.shorthand());
      make_mapping(value, at.shorthand());
    }
  }
  const bool other_type = !type_of(value).empty() && type_of(value) != type_of(old);
  if (!old.is_mapping() || !value.is_mapping() || other_type) {
    replace(old, std::move(value));
    return;
  }
  for (Tree& c : value.children) {
    if (Tree* same = old.find(c.key)) {
      merge(*same, std::move(c), at.below(same->key));
    } else {
      old.children.push_back(std::move(c));
    }
  }
}

class Override {
 public:
  Override(Tree& model, const std::string& text, int number)
      : model_(model), text_(text), number_(number) {}

  void apply() {
    if (text_.find('\n') != std::string::npos) fail(0, text_.size(), "an override is one line");
    size_t begin = 0;
    const bool remove = text_[0] == '~';
    if (remove || text_[0] == '+') begin = 1;
    const size_t equals = text_.find('=');
    if (remove && equals != std::string::npos) {
      fail(equals, equals + 1, "'~' removes and takes no value", "~" + text_.substr(1, equals - 1));
    }
    if (!remove && equals == std::string::npos) {
      fail(0, text_.size(), "an override is key=value, '" + printable(text_, 60) + "' has no '='");
    }
    split(begin, remove ? text_.size() : equals);
    if (remove) {
      remove_value();
    } else {
      Tree value = parse_yaml(text_.substr(equals + 1), place(equals + 1, equals + 2));
      if (!value.where.known()) value.where = place(equals, equals + 1);
      set_value(std::move(value));
    }
  }

 private:
  Where place(size_t begin, size_t end) const {
    return {kOverrideFile, number_, int(begin) + 1, int(std::max(end, begin + 1)) + 1};
  }
  [[noreturn]] void fail(size_t begin, size_t end, const std::string& message,
                         const std::string& hint = "") const {
    throw Error(Code::usage, message).at(place(begin, end)).with_hint(hint);
  }
  [[noreturn]] void fail(const Segment& s, const std::string& message,
                         const std::string& hint = "") const {
    fail(s.begin, s.begin + s.name.size(), message, hint);
  }

  void split(size_t begin, size_t end) {
    while (begin <= end) {
      const size_t dot = std::min(text_.find('.', begin), end);
      path_.push_back({text_.substr(begin, dot - begin), begin});
      if (path_.back().name.empty()) fail(begin, begin + 1, "a key is missing here");
      begin = dot + 1;
    }
  }

  /// "training.optimizer": the first n segments.
  std::string path(size_t n) const {
    std::string r;
    for (size_t i = 0; i < n; ++i) r += (i ? "." : "") + path_[i].name;
    return r;
  }

  /// The whole path with one segment spelled otherwise.
  std::string with_segment(size_t i, const std::string& name) const {
    std::string r = i == 0 ? "" : path(i) + ".";
    r += name;
    for (size_t k = i + 1; k < path_.size(); ++k) r += "." + path_[k].name;
    return r;
  }

  /// Checks a key against the table; what has no table is checked when it is read.
  void check_key(size_t i, const Position& at) const {
    if (at.section == nullptr || at.section->find(path_[i].name) != nullptr) return;
    const std::vector<std::string> names = at.section->names();
    const std::string near = nearest(path_[i].name, names);
    const std::string hint = near.empty() ? "keys here: " + join(names)
                                          : "did you mean '" + with_segment(i, near) + "'?";
    fail(path_[i], "unknown key '" + printable(with_segment(i, path_[i].name)) + "'", hint);
  }

  /// Index of the item of a list that a segment names.
  size_t item(const Tree& list, size_t i) const {
    const std::string& name = path_[i].name;
    std::vector<std::string> names;
    for (size_t k = 0; k < list.children.size(); ++k) {
      const Tree* n = list.children[k].find("name");
      if (n == nullptr || !n->is_scalar()) continue;
      if (n->text == name) return k;
      names.push_back(n->text);
    }
    const bool digits = name.find_first_not_of("0123456789") == std::string::npos;
    if (digits && name.size() < 9 && std::stoul(name) < list.children.size()) {
      return std::stoul(name);
    }
    std::string hint = did_you_mean(name, names);
    if (hint.empty() && !names.empty()) hint = "names here: " + join(names);
    fail(path_[i],
         "'" + printable(path(i)) + "' has " + std::to_string(list.children.size()) +
             " items and none called '" + printable(name) + "'",
         hint);
  }

  Where place(const Segment& s) const { return place(s.begin, s.begin + s.name.size()); }

  void set_value(Tree value) {
    Tree* t = &model_;
    Position at = {&model_file()};
    for (size_t i = 0; i < path_.size(); ++i) {
      const char* shorthand = at.shorthand();
      if (t->is_sequence() && shorthand == nullptr) {
        t = &t->children[item(*t, i)];
        at = at.of_item();
        continue;
      }
      check_key(i, at);
      if (t->is_scalar() && shorthand == nullptr) {
        fail(path_[i], "'" + printable(path(i)) + "' is " + describe(*t) + ", not a mapping");
      }
      make_mapping(*t, shorthand);
      at = at.below(path_[i].name);
      Tree* next = t->find(path_[i].name);
      if (next == nullptr) {
        next = &t->add(path_[i].name, Tree());
        next->where = next->key_where = place(path_[i]);
      }
      t = next;
    }
    merge(*t, std::move(value), at);
  }

  void remove_value() {
    Tree* t = &model_;
    Position at = {&model_file()};
    for (size_t i = 0; i < path_.size(); ++i) {
      size_t k = 0;
      if (t->is_sequence()) {
        k = item(*t, i);
        at = at.of_item();
      } else {
        check_key(i, at);
        at = at.below(path_[i].name);
        const Tree* found = t->find(path_[i].name);
        if (found == nullptr) {
          fail(path_[i], "there is no '" + printable(path(i + 1)) + "' to remove");
        }
        k = size_t(found - t->children.data());
      }
      if (i + 1 == path_.size()) {
        t->children.erase(t->children.begin() + std::ptrdiff_t(k));
        return;
      }
      t = &t->children[k];
    }
  }

  Tree& model_;
  const std::string& text_;
  const int number_;
  std::vector<Segment> path_;
};

}  // namespace

void apply_override(Tree& model, const std::string& text, int number) {
  Override(model, text, number).apply();
}

void apply_overlay(Tree& model, const Tree& overlay) { merge(model, overlay, {&model_file()}); }

std::string override_source(const std::vector<std::string>& overrides) {
  return join(overrides, "\n");
}

}  // namespace nnrun
