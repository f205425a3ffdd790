// One line of a source text as a terminal shows it, and where a caret stands under it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nnrun {

/// A line by its number from 1; breaks are LF, CRLF or CR. Nothing when there are fewer lines.
std::optional<std::string> line_of(std::string_view text, int number);

struct SourceLine {
  std::string
      text;  // tabs as spaces, control characters and invalid bytes as \xNN, cut to a window
  size_t caret = 0;  // columns before the token
  size_t width = 1;  // columns of the token, at least 1
};

/// The line around the token at bytes col..end_col (from 1; end_col is one past it).
SourceLine show_line(std::string_view line, int col, int end_col);

/// Columns of a terminal that a character takes: 0, 1 or 2.
int char_width(char32_t c);

}  // namespace nnrun
