// Diagnostics: errors and warnings as people and as programs read them. Text in, text out: nothing
// is printed here.
//
//   spiral.yaml:17:46: error: Linear 'out': in_features is 10, but the layer before it gives 16
//      17 |     - {type: Linear, name: out, in_features: 10, out_features: 2}
//         |                                              ^~
//   spiral.yaml:14:66: note: 'hidden' (Linear) sets out_features: 16
//      hint: leave in_features out, or write 16
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nnrun/error.h>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

/// Something that works and is probably not what was meant.
struct Warning {
  std::string name;  // lint: {off: [name]} silences it
  std::string message, hint;
  Where where;
  std::vector<Error::Note> notes = {};
};

/// The text of a file by the name that places carry, or nothing when it is not at hand: then only
/// the line with the place is shown.
using SourceText = std::function<std::optional<std::string>(const std::string& file)>;

/// An error with its notes, hint, and all of more(), each ending in a line break. The first line is
/// "FILE:LINE:COL: error: MESSAGE", "FILE:ROW: error: ..." when there is no column, or "nnrun:
/// error: ..." when there is no place; a place on the command line shows the number of the
/// override. Messages are one line whatever stands in them.
std::string render(const Error& error, const SourceText& source, bool color = false);
std::string render(const Warning& warning, const SourceText& source, bool color = false);

/// The same as a JSON array of {severity, code, file, line, col, end_col, message, hint}; what is
/// not known is null. code: "model", "usage", ...; of a warning its name. Notes follow their error.
std::string diagnostics_json(const std::vector<Error>& errors,
                             const std::vector<Warning>& warnings);

/// "model": the word for an error class.
const char* code_name(Code code);

/// Reads the files that places name (regular ones of at most 1 MiB); a place on the command line is
/// found in `overrides`.
SourceText source_text(const std::vector<std::string>& overrides = {});

/// "did you mean 'lr'?" for the nearest candidate (edit distance <= 2, or a third of the length);
/// "" when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace nnrun
#pragma GCC visibility pop
