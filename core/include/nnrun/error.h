// The one exception type of nnrun. It says what was wrong, where, and what to do; its code is the
// exit code of the command.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

enum class Code : int {
  internal = 1,         // a bug of ours
  usage = 2,            // command line or override
  model = 3,            // model file: syntax, schema, shapes; wrong use of the C++ API
  data = 4,             // a data, weights or output file
  backend = 5,          // a plug-in, backend or device cannot be used
  numeric = 6,          // NaN or Inf stopped the run
  check = 7,            // a check failed
  memory = 8,           // out of memory, or over a limit
  distributed = 9,      // distributed run
  not_implemented = 10  // a module of the C++ API without the function that is called
};

/// A place in a text file. Lines and columns count from 1; columns count bytes; 0: not known.
/// end_col is one past the last column of the offending token.
struct Where {
  std::string file;
  int line = 0, col = 0, end_col = 0;
  bool known() const { return !file.empty(); }
};

class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& message) : std::runtime_error(message), code_(code) {}

  Code code() const noexcept { return code_; }
  const Where& where() const noexcept { return where_; }
  const std::string& hint() const noexcept { return hint_; }

  /// Another place that explains this one ("'hidden' sets out_features: 16").
  struct Note {
    Where where;
    std::string message;
  };
  const std::vector<Note>& notes() const noexcept { return notes_; }
  /// Further errors of the same stage, this one the first.
  const std::vector<Error>& more() const noexcept { return more_; }

  // Built up where facts are known, each once: throw Error(...).at(mark).with_hint("...").
  Error&& at(Where w) && {
    if (!where_.known()) where_ = std::move(w);
    return std::move(*this);
  }
  Error&& with_hint(std::string h) && {
    hint_ = std::move(h);
    return std::move(*this);
  }
  Error&& with_note(Where w, std::string text) && {
    notes_.push_back({std::move(w), std::move(text)});
    return std::move(*this);
  }
  Error&& with_more(std::vector<Error> e) && {
    more_ = std::move(e);
    return std::move(*this);
  }

 private:
  Code code_;
  Where where_;
  std::string hint_;
  std::vector<Note> notes_;
  std::vector<Error> more_;
};

}  // namespace nnrun
#pragma GCC visibility pop
