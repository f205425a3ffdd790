#include "core/data/table.h"

#include <charconv>
#include <cmath>

#include <nnrun/error.h>

namespace nnrun {

void TextCells::push_back(std::string_view cell) {
  if (cell.size() > UINT32_MAX - bytes_.size()) {
    throw Error(Code::memory, "a column has more than 4 GiB of text");
  }
  bytes_ += cell;
  ends_.push_back(uint32_t(bytes_.size()));
}

std::string_view trimmed(std::string_view s) {
  const size_t begin = s.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return s.substr(begin, s.find_last_not_of(" \t") - begin + 1);
}

bool parse_number(std::string_view text, double* out) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return false;
  }
  const char* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, *out);
  return r.ec == std::errc() && r.ptr == end && std::isfinite(*out);
}

}  // namespace nnrun
