#include "core/nn/state.h"

#include <nnrun/error.h>

namespace nnrun {

State State::of_types() {
  State s;
  s.of_types_ = true;
  return s;
}

StateEntry* State::find(const std::string& name) {
  auto it = index_.find(name);
  return it == index_.end() ? nullptr : &entries_[it->second];
}

const StateEntry* State::find(const std::string& name) const {
  return const_cast<State*>(this)->find(name);
}

StateEntry& State::add(StateEntry e) {
  if (!index_.emplace(e.name, entries_.size()).second) {
    throw Error(Code::internal, "state '" + e.name + "' is added twice");
  }
  entries_.push_back(std::move(e));
  return entries_.back();
}

}  // namespace nnrun
