#include "core/model/yaml_text.h"

#include <algorithm>
#include <cstdint>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/tree.h"

namespace nnrun {
namespace {

/// Length of the UTF-8 sequence at i, 0 when there is none.
size_t utf8_length(std::string_view s, size_t i) {
  const auto byte = [&](size_t k) { return k < s.size() ? uint8_t(s[k]) : 0; };
  const uint8_t c = byte(i);
  if (c < 0x80) return 1;
  const size_t n = c >= 0xc2 && c < 0xe0   ? 2
                   : c >= 0xe0 && c < 0xf0 ? 3
                   : c >= 0xf0 && c < 0xf5 ? 4
                                           : 0;
  for (size_t k = 1; k < n; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = byte(i + 1);
  const bool overlong = (c == 0xe0 && second < 0xa0) || (c == 0xf0 && second < 0x90);
  const bool surrogate = c == 0xed && second >= 0xa0;
  const bool beyond = c == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : n;
}

std::string with_line_feeds(std::string_view raw) {
  std::string r;
  r.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r') {
      r += raw[i];
    } else if (i + 1 == raw.size() || raw[i + 1] != '\n') {
      r += '\n';
    }
  }
  return r;
}

}  // namespace

YamlText::YamlText(std::string_view raw, Where start) : start_(std::move(start)) {
  if (int64_t(raw.size()) > limits().model_bytes) {
    throw Error(code_at(start_), "the model file is larger than " +
                                     std::to_string(limits().model_bytes >> 10) + " KiB")
        .at({start_.file, 1, 1, 2});
  }
  check_bytes(raw);
  if (raw.substr(0, 3) == "\xef\xbb\xbf") raw.remove_prefix(3);
  text_ = with_line_feeds(raw);
  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
  check_lines();
}

void YamlText::check_bytes(std::string_view raw) const {
  int line = start_.line;
  size_t begin = 0;
  for (size_t i = 0; i < raw.size();) {
    const auto c = uint8_t(raw[i]);
    const size_t n = utf8_length(raw, i);
    if (n == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
      const int col = int(i - begin) + (line == start_.line ? start_.col : 1);
      const std::string_view bom = raw.substr(0, 2);
      const bool utf16 = bom == "\xff\xfe" || bom == "\xfe\xff";
      throw Error(code_at(start_), std::string(utf16    ? "the file is UTF-16"
                                               : n == 0 ? "not valid UTF-8"
                                               : c == 0 ? "NUL byte"
                                                        : "control character") +
                                       " at byte " + std::to_string(i))
          .at({start_.file, line, col, col + 1})
          .with_hint(utf16 || n == 0 ? "save the file as UTF-8" : "");
    }
    if (c == '\n' || (c == '\r' && raw.substr(i + 1, 1) != "\n")) ++line, begin = i + 1;
    i += n;
  }
}

void YamlText::check_lines() const {
  bool before_document = true;
  for (int i = 0; i < lines(); ++i) {
    const std::string_view s = line(i);
    const size_t content = s.find_first_not_of(" \t");
    if (content == std::string_view::npos || s[content] == '#') continue;
    const size_t tab = s.substr(0, content).find('\t');
    if (tab != std::string_view::npos) {
      throw Error(code_at(start_),
                  "tab in the indentation of line " + std::to_string(start_.line + i))
          .at(where(line_start(i) + tab))
          .with_hint("YAML indents with spaces only");
    }
    if (before_document && s[0] == '%') {
      if (s.substr(0, 4) == "%TAG") {
        throw Error(code_at(start_), "tags are not supported").at(where(line_start(i), 4));
      }
      std::string_view version = s.substr(std::min(s.size(), size_t(6)));
      version = version.substr(0, version.find_first_of(" \t#"));
      if (s.substr(0, 6) != "%YAML " || (version != "1.1" && version != "1.2")) {
        throw Error(code_at(start_), "YAML version or directive not supported: " + printable(s, 40))
            .at(where(line_start(i), s.size()))
            .with_hint("leave the line out, or write %YAML 1.2");
      }
    } else {
      before_document = false;
    }
  }
}

std::string_view YamlText::line(int line) const {
  const size_t begin = line_start(line);
  const size_t end = line + 1 < lines() ? line_start(line + 1) - 1 : text_.size();
  return std::string_view(text_).substr(begin, end - begin);
}

Where YamlText::where(size_t pos, size_t length) const {
  pos = std::min(pos, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), pos);
  const int n = int(next - line_starts_.begin()) - 1;
  const size_t offset = pos - line_start(n);
  const size_t left = line(n).size() - std::min(offset, line(n).size());
  const int col = int(offset) + (n == 0 ? start_.col : 1);
  return {start_.file, start_.line + n, col,
          col + int(std::max(size_t(1), std::min(length, left)))};
}

Where YamlText::token(size_t pos, size_t length) const {
  const char quote = pos < text_.size() ? text_[pos] : '\0';
  if (quote != '"' && quote != '\'') return where(pos, length);
  for (size_t i = pos + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '"' || text_.compare(i + 1, 1, "'") != 0) return where(pos, i + 1 - pos);
      ++i;
    }
  }
  throw Error(code_at(start_), "this quote is not closed").at(where(pos));
}

}  // namespace nnrun
