#include "core/base/source_line.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/text.h"

namespace nnrun {
namespace {

constexpr size_t kTab = 4;
constexpr size_t kMostColumns = 160;  // of a line; longer ones are cut around the token

struct Range {
  char32_t first, last;
};

template <size_t N> bool within(const Range (&ranges)[N], char32_t c) {
  return std::any_of(ranges, ranges + N, [&](Range r) { return r.first <= c && c <= r.last; });
}

/// One character: its bytes, what is shown for them, and its width.
struct Glyph {
  size_t begin = 0, end = 0;  // bytes of the line
  std::string text;
  size_t columns = 1;
};

char32_t decode(std::string_view s) {
  const auto byte = [&](size_t i) { return char32_t(uint8_t(s[i])); };
  if (s.size() == 1) return byte(0);
  char32_t c = byte(0) & (0x7fu >> s.size());
  for (size_t i = 1; i < s.size(); ++i) c = c << 6 | (byte(i) & 0x3f);
  return c;
}

Glyph glyph_at(std::string_view line, size_t i) {
  Glyph g{i, i + 1};
  while (g.end < line.size() && g.end - i < 4 && (uint8_t(line[g.end]) & 0xc0) == 0x80) ++g.end;
  const std::string_view bytes = line.substr(i, g.end - i);
  if (line[i] == '\t') {
    g.text = std::string(kTab, ' ');
  } else if (printable(bytes) == bytes) {
    g.text = std::string(bytes);
    g.columns = size_t(char_width(decode(bytes)));
    return g;
  } else {
    g.end = i + 1;
    g.text = printable(line.substr(i, 1));
  }
  g.columns = g.text.size();
  return g;
}

}  // namespace

int char_width(char32_t c) {
  static const Range zero[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                               {0x610, 0x61a},   {0x64b, 0x65f},   {0x200b, 0x200f},
                               {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0},
                               {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};
  static const Range two[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
                              {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
                              {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                              {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
                              {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  return within(zero, c) ? 0 : within(two, c) ? 2 : 1;
}

std::optional<std::string> line_of(std::string_view text, int number) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  for (int n = 1; n < number; ++n) {
    const size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

SourceLine show_line(std::string_view line, int col, int end_col) {
  const size_t begin = size_t(std::max(col, 1)) - 1;
  const size_t end = std::max(begin + 1, size_t(std::max(end_col, 1)) - 1);
  std::vector<Glyph> glyphs;
  size_t total = 0, before = 0, token = 0;
  for (size_t i = 0; i < line.size(); i = glyphs.back().end) {
    glyphs.push_back(glyph_at(line, i));
    const Glyph& g = glyphs.back();
    total += g.columns;
    if (g.end <= begin) {
      before += g.columns;
    } else if (g.begin < end) {
      token += g.columns;
    }
  }
  // A window that has the token in it, with some of what stands before.
  const size_t cut =
      total > kMostColumns && before > kMostColumns / 2 ? before - kMostColumns / 2 : 0;
  SourceLine r;
  size_t column = 0, left_out = 0;
  for (const Glyph& g : glyphs) {
    if (column < cut) {
      left_out += g.columns;
    } else if (column - left_out < kMostColumns) {
      r.text += g.text;
    } else {
      r.text += "...";
      break;
    }
    column += g.columns;
  }
  if (left_out > 0) r.text = "..." + r.text;
  r.caret = before - std::min(before, left_out) + (left_out > 0 ? 3 : 0);
  r.width = std::max<size_t>(1, std::min(token, kMostColumns - std::min(kMostColumns, r.caret)));
  return r;
}

}  // namespace nnrun
