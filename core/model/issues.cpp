#include "core/model/issues.h"

#include <algorithm>
#include <tuple>

namespace nnrun {
namespace {
constexpr size_t kMostErrors = 20;
}

void Issues::add(Error e, const Where& where) {
  const Where at = e.where().known() ? e.where() : where;
  if (code_at(at) == Code::usage && e.code() == Code::model) {
    Error usage = Error(Code::usage, e.what()).at(at).with_hint(e.hint());
    for (const Error::Note& n : e.notes()) {
      usage = Error(std::move(usage)).with_note(n.where, n.message);
    }
    errors_.push_back(std::move(usage));
  } else {
    errors_.push_back(std::move(e).at(at));
  }
}

void Issues::add(const Where& where, const std::string& message, const std::string& hint) {
  add(Error(Code::model, message).at(where).with_hint(hint));
}

void Issues::raise() {
  if (errors_.empty()) return;
  std::stable_sort(errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
    const auto key = [](const Where& w) {
      return std::make_tuple(w.file == kOverrideFile, w.file, w.line, w.col);
    };
    return key(a.where()) < key(b.where());
  });
  if (errors_.size() > kMostErrors) {
    const size_t left_out = errors_.size() - kMostErrors;
    errors_.erase(errors_.begin() + kMostErrors, errors_.end());
    Error last = std::move(errors_.back()).with_note({}, std::to_string(left_out) + " more errors");
    errors_.back() = std::move(last);
  }
  std::vector<Error> more(std::make_move_iterator(errors_.begin() + 1),
                          std::make_move_iterator(errors_.end()));
  Error first = std::move(errors_.front());
  errors_.clear();
  throw std::move(first).with_more(std::move(more));
}

}  // namespace nnrun
