#include "core/model/section.h"

#include "core/base/text.h"
#include "core/model/value.h"

namespace nnrun {

SectionReader::SectionReader(ReadContext& context, const Section& section, const Tree* tree,
                             std::string path)
    : context_(context), section_(section), path_(std::move(path)) {
  map_.kind = Tree::Kind::mapping;
  if (tree != nullptr && !tree->is_null()) {
    map_.where = tree->where;
    given_ = true;
    if (tree->is_mapping()) {
      map_ = *tree;
    } else if (!section.shorthand.empty()) {
      map_.add(section.shorthand, *tree);
      map_.children[0].key_where = tree->where;
    } else {
      context.issues.add(tree->where, mismatch(path_, *tree, "a mapping"));
      given_ = false;  // what would be missing in it was not left out
    }
  }
  for (const Tree& entry : map_.children) {
    if (section.find(entry.key) != nullptr) continue;
    std::string hint = did_you_mean(entry.key, section.names());
    if (hint.empty()) hint = "keys here: " + join(section.names());
    misspelt_.insert(nearest(entry.key, section.names()));
    context.issues.add(entry.key_where, "unknown key '" + printable(path_of(entry.key)) + "'",
                       hint);
  }
  for (const Key& key : section.keys) read(key, find(key.decl.name));
}

void SectionReader::read(const Key& key, const Tree* tree) {
  const AttrDecl& d = key.decl;
  if (key.form == Key::Form::texts) texts_[d.name] = key.texts;
  if (key.form == Key::Form::value && d.required) {
    values_.set(d.name, d.kind == AttrKind::text ? AttrValue("") : AttrValue(1));
  } else if (key.form == Key::Form::value && !d.optional) {
    values_.set(d.name, d.dflt);
  }
  if (tree == nullptr) {
    if (d.required && given_ && !misspelt_.count(d.name))
      context_.issues.add(map_.where, path_of(d.name) + " is missing");
    return;
  }
  context_.origins[path_of(d.name)] = tree->where;
  marks_[d.name] = tree->where;
  context_.issues.attempt(tree->where, [&] {
    if (key.form == Key::Form::texts) {
      texts_[d.name] = read_texts(key, *tree);
    } else if (key.form == Key::Form::value) {
      values_.set(d.name, read_value(*tree, d, path_of(d.name)));
    }
  });
}

std::vector<std::string> SectionReader::read_texts(const Key& key, const Tree& tree) {
  const auto one = [&](const Tree& t) {
    AttrDecl d = key.decl;
    d.kind = AttrKind::text;
    return read_value(t, d, path_of(key.decl.name)).text();
  };
  if (!tree.is_sequence()) return {one(tree)};
  std::vector<std::string> r;
  for (const Tree& t : tree.children) r.push_back(one(t));
  return r;
}

const Tree* SectionReader::find(const std::string& key) const {
  const Tree* t = map_.find(key);
  return t == nullptr || t->is_null() ? nullptr : t;
}

std::string SectionReader::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

Where SectionReader::where(const std::string& key) const {
  const auto it = marks_.find(key);
  return it == marks_.end() ? map_.where : it->second;
}

int64_t SectionReader::integer_or_auto(const std::string& key) const {
  return values_.is_text(key) ? 0 : integer(key);
}

const std::vector<int64_t>& SectionReader::integers(const std::string& key) const {
  return values_.integers(key);
}

std::optional<double> SectionReader::optional_number(const std::string& key) const {
  return values_.has(key) ? std::optional(number(key)) : std::nullopt;
}

std::string SectionReader::text(const std::string& key) const {
  return values_.has(key) ? values_.text(key) : "";
}

}  // namespace nnrun
