// The text of a YAML file before and beside the parser: what is refused outright, where a token
// ends, and why a text that does not parse does not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nnrun/error.h>

namespace nnrun {

/// A text with line breaks as '\n' and no byte order mark, and the place of its first byte.
class YamlText {
 public:
  /// Throws Error for a text over the size limit, bytes that are not UTF-8, control characters, a
  /// tab in an indentation, and directives other than %YAML 1.1 and 1.2.
  YamlText(std::string_view raw, Where start);

  const std::string& text() const { return text_; }
  size_t line_start(int line) const { return line_starts_.at(size_t(line)); }
  int lines() const { return int(line_starts_.size()); }
  std::string_view line(int line) const;  // from 0, without its break

  /// The place of `length` bytes at an offset, cut at the end of the line.
  Where where(size_t pos, size_t length = 1) const;
  /// The token at an offset: a quoted scalar with its quotes, else `length` bytes. Throws Error
  /// when the quote is not closed.
  Where token(size_t pos, size_t length) const;

 private:
  void check_bytes(std::string_view raw) const;
  void check_lines() const;

  Where start_;
  std::string text_;
  std::vector<size_t> line_starts_;
};

/// Throws Error when brackets nest deeper than limits(): cheaper here than in the parser.
void check_nesting(const YamlText& text);

/// The likely cause of a parse error that was noticed at `pos`: a bracket or quote that is not
/// closed, an indentation that fits no line above. `message` is the parser's, used when nothing
/// better is found.
Error explain_syntax_error(const YamlText& text, size_t pos, const std::string& message);

}  // namespace nnrun
