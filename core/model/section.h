// SectionReader: one section of the model file against its table.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/model/component.h"

namespace nnrun {

/// Checks a section at once (unknown and missing keys, kinds, ranges; errors go to the context) and
/// then answers with values, the table's default standing for what was not given or wrong. A value
/// of null is one not given. Asking for a key that the table does not have is a bug.
class SectionReader {
 public:
  /// `tree` null: nothing was given. `path` begins the names in messages: "training"; "" at the
  /// top.
  SectionReader(ReadContext& context, const Section& section, const Tree* tree, std::string path);

  bool given(const std::string& key) const { return find(key) != nullptr; }
  /// The value as it stands, or null when not given.
  const Tree* find(const std::string& key) const;
  /// "training.loss".
  std::string path_of(const std::string& key) const;
  /// The place of a given value, of the section otherwise.
  Where where(const std::string& key) const;
  const Where& where() const { return map_.where; }
  const std::map<std::string, Where>& marks() const { return marks_; }

  int64_t integer(const std::string& key) const { return values_.integer(key); }
  /// Of an integer that may be "auto": 0 for the word.
  int64_t integer_or_auto(const std::string& key) const;
  const std::vector<int64_t>& integers(const std::string& key) const;
  double number(const std::string& key) const { return values_.number(key); }
  std::optional<double> optional_number(const std::string& key) const;
  bool flag(const std::string& key) const { return values_.flag(key); }
  /// "" for an optional one that is not given.
  std::string text(const std::string& key) const;
  const std::vector<std::string>& texts(const std::string& key) const { return texts_.at(key); }

 private:
  void read(const Key& key, const Tree* tree);
  std::vector<std::string> read_texts(const Key& key, const Tree& tree);

  ReadContext& context_;
  const Section& section_;
  std::string path_;
  Tree map_;
  bool given_ = false;
  std::set<std::string> misspelt_;  // keys that unknown ones were probably meant to be
  std::map<std::string, Where> marks_;
  Attrs values_;
  std::map<std::string, std::vector<std::string>> texts_;
};

}  // namespace nnrun
