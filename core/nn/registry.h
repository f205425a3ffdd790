// Registry: definitions of one kind by name, made once and constant from then on.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nnrun/error.h>

#include "core/base/text.h"

namespace nnrun {

template <class Def> class Registry {
 public:
  /// `what` is the word of messages: "loss".
  Registry(std::string what, std::vector<Def> defs) : what_(std::move(what)) {
    for (Def& d : defs) by_name_.emplace(d.name, std::move(d));
  }

  const Def* try_find(const std::string& name) const {
    auto it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : &it->second;
  }
  /// Throws Error(model) with the nearest name as hint, or with all of them.
  const Def& find(const std::string& name) const {
    if (const Def* d = try_find(name)) return *d;
    std::string hint = did_you_mean(name, names());
    if (hint.empty()) hint = "there are: " + join(names());
    throw Error(Code::model, "there is no " + what_ + " '" + printable(name) + "'")
        .with_hint(std::move(hint));
  }
  std::vector<const Def*> all() const {
    std::vector<const Def*> r;
    for (const auto& [name, d] : by_name_) r.push_back(&d);
    return r;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> r;
    for (const auto& [name, d] : by_name_) r.push_back(name);
    return r;
  }

 private:
  std::string what_;
  std::map<std::string, Def> by_name_;
};

}  // namespace nnrun
