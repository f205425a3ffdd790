// Issues: all errors of one stage, so that a file with three mistakes needs one run, not three.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/tree.h"

namespace nnrun {

class Issues {
 public:
  /// Keeps an error at its place, or else at `where`; an error on the command line is one of usage.
  void add(Error e, const Where& where = {});
  void add(const Where& where, const std::string& message, const std::string& hint = "");
  /// Runs f and keeps the Error it throws; false when it threw.
  template <class F> bool attempt(const Where& where, F&& f) {
    try {
      f();
      return true;
    } catch (Error& e) {
      add(std::move(e), where);
      return false;
    }
  }
  bool empty() const { return errors_.empty(); }
  /// Throws what was kept, sorted by place, 20 at most; returns when there is nothing. Errors on
  /// the command line come after those of files.
  void raise();

 private:
  std::vector<Error> errors_;
};

}  // namespace nnrun
