// What the terminal is: colour, width, and a progress line that is only drawn where a person
// watches.
#pragma once

#include <string>

namespace nnrun::cli {

struct Terminal {
  bool colour = false;    // on stderr
  bool progress = false;  // stderr is a terminal that can rewrite a line
  int columns = 80;
};

/// The terminal of this process; set once by main from --color, --progress, NO_COLOR, FORCE_COLOR,
/// TERM and COLUMNS.
const Terminal& terminal();
void set_terminal(const std::string& colour, const std::string& progress);

/// Rewrites the progress line on stderr; "" removes it. Nothing where progress is off.
void progress_line(const std::string& text);
/// A line of talk on stderr, above the progress line.
void say(const std::string& line);

}  // namespace nnrun::cli
