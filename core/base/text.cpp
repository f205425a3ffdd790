#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace nnrun {

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = int(i);
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = int(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 100) return "";
  auto lower = [](std::string_view s) {
    std::string r(s);
    for (char& c : r) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    return r;
  };
  int best = std::max(2, int(word.size()) / 3) + 1;
  std::string_view found;
  for (const std::string& c : candidates) {
    const int d = lower(word) == lower(c) ? 0 : edit_distance(word, c);
    if (d < best) best = d, found = c;
  }
  return std::string(found);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string found = nearest(word, candidates);
  return found.empty() ? "" : "did you mean '" + found + "'?";
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string r;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i) r += separator;
    r += words[i];
  }
  return r;
}

std::string number_text(double v) {
  char buf[40];
  return std::string(buf, std::to_chars(buf, buf + sizeof buf, v).ptr);
}

std::string number_text(float v) {
  char buf[40];
  return std::string(buf, std::to_chars(buf, buf + sizeof buf, v).ptr);
}

std::string printable(std::string_view s, size_t max_bytes) {
  static const char hex[] = "0123456789abcdef";
  std::string r;
  size_t i = 0;
  while (i < s.size()) {
    if (r.size() >= max_bytes) return r + "...";
    const auto c = static_cast<uint8_t>(s[i]);
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : c >= 0xe0 && c < 0xf0 ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;
    bool ok = n != 0 && i + n <= s.size() && !(n == 1 && (c < 0x20 || c == 0x7f));
    for (size_t k = 1; ok && k < n; ++k) ok = (static_cast<uint8_t>(s[i + k]) & 0xc0) == 0x80;
    if (ok && n == 2 && c == 0xc2 && static_cast<uint8_t>(s[i + 1]) < 0xa0)
      ok = false;  // C1 controls
    if (ok) {
      r += s.substr(i, n);
      i += n;
    } else {
      r += "\\x";
      r += hex[c >> 4];
      r += hex[c & 15];
      ++i;
    }
  }
  return r;
}

}  // namespace nnrun
