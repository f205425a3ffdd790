#include "core/model/parse.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <unordered_map>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/yaml_text.h"

namespace nnrun {
namespace {

struct Extent {
  int64_t nodes = 1;
  int depth = 1;
};
Extent extent_of(const Tree& t) {
  Extent r;
  for (const Tree& c : t.children) {
    const Extent e = extent_of(c);
    r.nodes += e.nodes;
    r.depth = std::max(r.depth, e.depth + 1);
  }
  return r;
}

[[noreturn]] void fail(const Where& where, const std::string& message,
                       const std::string& hint = "") {
  throw Error(code_at(where), message).at(where).with_hint(hint);
}

/// Builds the tree from the parser's events, within the limits. All places come from the text: the
/// parser's marks point before anchors, and know no end.
class TreeMaker : public YAML::EventHandler {
 public:
  explicit TreeMaker(const YamlText& text) : text_(text) {}

  Tree take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    const size_t pos = size_t(mark.pos);
    const bool marker = text_.text().compare(pos, 3, "---") == 0;
    fail(text_.where(pos, marker ? 3 : 1),
         marker ? "exactly one document is expected, this begins another"
                : "this does not belong to the value above it: exactly one document is expected");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string& name) override { anchor_name_ = name; }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Tree t;
    const size_t pos = content(mark);
    for (const char* word : {"null", "Null", "NULL", "~"}) {
      if (text_.text().compare(pos, std::strlen(word), word) == 0) {
        t.where = text_.where(pos, std::strlen(word));
        t.text = word;
        break;
      }
    }
    if (!t.where.known() && !open_.empty()) {
      t.where = open_.back().has_key ? open_.back().key_where : open_.back().tree.where;
    }
    count(t.where);
    finish(std::move(t), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const size_t pos = content(mark);
    refuse_tag(tag, pos);
    const bool quoted = tag == "!";
    Tree t = Tree::scalar(value, text_.token(pos, quoted ? 1 : value.size()));
    t.quoted = quoted;
    if (value.find('\0') != std::string::npos) fail(t.where, "a text must not contain NUL");
    count(t.where);
    finish(std::move(t), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Tree::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Tree::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override {
    merge(open_.back().tree);
    end();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const size_t pos = size_t(mark.pos);
    const size_t stop = text_.text().find_first_of(" \t\n,]}", pos);
    const Where where = text_.where(pos, std::min(stop, text_.text().size()) - pos);
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) {
      std::string name = anchor_names_[anchor];
      fail(where, "anchor '" + printable(name) + "' contains itself");
    }
    const Extent e = extent_of(it->second);
    alias_nodes_ += e.nodes;
    if (alias_nodes_ > limits().alias_nodes) {
      fail(where, "aliases expand to more than " + std::to_string(limits().alias_nodes) + " nodes");
    }
    check_depth(int(open_.size()) + e.depth, where);
    count(where);
    finish(Tree(it->second), YAML::NullAnchor);
  }

 private:
  /// A collection that is not complete yet.
  struct Open {
    Tree tree;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;  // a key was read, its value is next
    std::string key;
    Where key_where;
    std::unordered_map<std::string, Where> keys;
  };

  /// Offset of a node behind its anchor; tags are refused on the way.
  size_t content(const YAML::Mark& mark) const {
    const std::string& s = text_.text();
    size_t pos = std::min(size_t(std::max(mark.pos, 0)), s.size());
    while (pos < s.size() && (s[pos] == '&' || s[pos] == '!')) {
      const size_t stop = std::min(s.find_first_of(" \t\n,", pos), s.size());
      if (s[pos] == '!') fail(text_.where(pos, stop - pos), "tags are not supported");
      pos = stop;
      while (pos < s.size() && (s[pos] == ' ' || s[pos] == '\t' || s[pos] == '\n')) ++pos;
    }
    return pos;
  }

  void refuse_tag(const std::string& tag, size_t pos) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fail(text_.where(pos), "tags are not supported: " + printable(tag, 60));
  }

  void count(const Where& where) {
    if (++nodes_ + alias_nodes_ > limits().nodes) {
      fail(where, "the model file has more than " + std::to_string(limits().nodes) + " nodes");
    }
  }
  void check_depth(int depth, const Where& where) const {
    if (depth > limits().depth) {
      fail(where, "nested deeper than " + std::to_string(limits().depth));
    }
  }

  void begin(Tree::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    const size_t pos = content(mark);
    refuse_tag(tag, pos);
    Open o;
    o.tree.kind = kind;
    o.tree.where = text_.where(pos);
    o.anchor = anchor;
    count(o.tree.where);
    check_depth(int(open_.size()) + 1, o.tree.where);
    if (!open_.empty() && open_.back().tree.is_mapping() && !open_.back().has_key) {
      throw explain_syntax_error(text_, pos, "a key must be a text");
    }
    if (anchor != YAML::NullAnchor) anchor_names_[anchor] = anchor_name_;
    open_.push_back(std::move(o));
  }

  void end() {
    Tree done = std::move(open_.back().tree);
    const YAML::anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    finish(std::move(done), anchor);
  }

  /// Puts a complete node where it belongs: a key, a value, an item or the root.
  void finish(Tree t, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = t;
    if (open_.empty()) {
      root_ = std::move(t);
    } else if (Open& o = open_.back(); o.tree.is_sequence()) {
      o.tree.children.push_back(std::move(t));
    } else if (!o.has_key) {
      take_key(o, t);
    } else {
      t.key = std::move(o.key);
      t.key_where = o.key_where;
      o.has_key = false;
      o.tree.children.push_back(std::move(t));
    }
  }

  void take_key(Open& o, const Tree& t) {
    if (!t.is_scalar()) fail(t.where, "a key must be a text");
    const auto [first, is_new] = o.keys.emplace(t.text, t.where);
    if (!is_new) {
      throw Error(code_at(t.where), "duplicate key '" + printable(t.text) +
                                        "', first given on line " +
                                        std::to_string(first->second.line))
          .at(t.where)
          .with_note(first->second, "first given here")
          .with_hint(t.text == "<<" ? "merge several with one list: '<<: [*a, *b]'" : "");
    }
    o.key = t.text;
    o.key_where = t.where;
    o.has_key = true;
  }

  /// `<<: *base` or `<<: [*a, *b]`: their keys join where they are not given; the first one wins.
  void merge(Tree& map) const {
    Tree* found = map.find("<<");
    if (found == nullptr) return;
    const Tree from = std::move(*found);
    map.children.erase(map.children.begin() + (found - map.children.data()));
    std::vector<const Tree*> sources;
    if (from.is_sequence()) {
      for (const Tree& c : from.children) sources.push_back(&c);
    } else {
      sources.push_back(&from);
    }
    std::unordered_map<std::string, bool> have;
    for (const Tree& c : map.children) have[c.key] = true;
    for (const Tree* source : sources) {
      if (!source->is_mapping()) {
        fail(from.key_where,
             "'<<' takes a mapping or a list of mappings, got " + describe(*source));
      }
      for (const Tree& c : source->children) {
        if (have.emplace(c.key, true).second) map.children.push_back(c);
      }
    }
  }

  const YamlText& text_;
  Tree root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Tree> anchors_;  // complete ones
  std::map<YAML::anchor_t, std::string> anchor_names_;
  std::string anchor_name_;
  int64_t nodes_ = 0, alias_nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

Tree parse_yaml(std::string_view raw, const Where& start) {
  const YamlText text(raw, start);
  check_nesting(text);
  TreeMaker maker(text);
  std::istringstream in(text.text());
  size_t pos = 0;
  std::string message;
  try {
    YAML::Parser parser(in);
    // The second call finds no document, or fails at its start: more is never asked for.
    if (parser.HandleNextDocument(maker)) parser.HandleNextDocument(maker);
    return maker.take();
  } catch (const YAML::DeepRecursion& e) {
    pos = size_t(std::max(e.mark.pos, 0));
    fail(text.where(pos), "nested deeper than " + std::to_string(limits().depth));
  } catch (const YAML::Exception& e) {
    pos = size_t(std::max(e.mark.pos, 0));
    message = e.msg;
  }
  throw explain_syntax_error(text, pos, message);
}

Tree parse_model(std::string_view text, const std::string& file) {
  Tree tree = parse_yaml(text, {file, 1, 1, 2});
  if (tree.is_null()) {
    fail({file, 1, 1, 2}, "empty model: the file holds no value",
         "nnrun new xor prints one to start from");
  }
  if (!tree.is_mapping()) {
    const bool no_space = tree.is_scalar() && tree.text.find(':') != std::string::npos;
    fail(tree.where, "the top level must be a mapping, got " + describe(tree),
         no_space ? "a space is needed after ':'" : "");
  }
  return tree;
}

std::string read_model_text(const std::string& file) {
  const int64_t most = limits().model_bytes;
  if (file != "-") return read_file(file, most, Code::model);
  std::string text(size_t(most) + 1, '\0');
  std::cin.read(text.data(), std::streamsize(text.size()));
  text.resize(size_t(std::cin.gcount()));
  return text;  // when too long, parsing says so
}

std::string describe(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::null: return "nothing";
    case Tree::Kind::scalar: return "'" + printable(tree.text, 40) + "'";
    case Tree::Kind::sequence: return "a list";
    case Tree::Kind::mapping: return "a mapping";
  }
  return "";
}

}  // namespace nnrun
