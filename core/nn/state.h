// State: the named arrays that outlive a step: parameters, buffers, optimizer state, counters.
// Names are torch's ("0.weight", "hidden.bias", "bn.running_mean"), kept in the order they were
// made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/tensor/array.h"

namespace nnrun {

struct StateEntry {
  std::string name;
  Array value;
  bool is_parameter = false;
  bool persistent = true;  // belongs to the saved model
};

class State {
 public:
  State() = default;
  /// For shapes alone: what a model or a step makes in it is zero, in memory that nobody touches.
  static State of_types();
  bool is_of_types() const { return of_types_; }

  /// The entry of that name, or null.
  StateEntry* find(const std::string& name);
  const StateEntry* find(const std::string& name) const;
  /// Adds a new one; a second of one name is a bug.
  StateEntry& add(StateEntry e);
  const std::vector<StateEntry>& entries() const { return entries_; }
  std::vector<StateEntry>& entries() { return entries_; }

 private:
  std::vector<StateEntry> entries_;
  std::map<std::string, size_t> index_;
  bool of_types_ = false;
};

}  // namespace nnrun
