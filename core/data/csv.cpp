#include "core/data/csv.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {

CsvReader::CsvReader(Reader& in, char delimiter)
    : in_(in), delimiter_(delimiter), buffer_(1 << 16) {
  skip_byte_order_mark();
}

void CsvReader::fail(const std::string& why) const {
  throw Error(Code::data, why).at({in_.name(), line_, int(ends_.size()) + 1});
}

int CsvReader::peek() {
  if (at_ == filled_) {
    offset_ += int64_t(filled_);
    at_ = 0;
    filled_ = size_t(in_.read_some(buffer_.data(), int64_t(buffer_.size())));
    if (filled_ == 0) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvReader::get() {
  const int c = peek();
  if (c == 0) {
    line_ = next_line_;
    fail("a NUL byte at byte " + std::to_string(offset_ + int64_t(at_)) +
         " of the file: this is not text");
  }
  if (c != kEnd) ++at_;
  return c;
}

void CsvReader::skip_byte_order_mark() {
  const int first = peek();
  if (first == 0xff || first == 0xfe) {
    line_ = 1;
    fail("byte 0 of the file begins UTF-16 text; it must be UTF-8");
  }
  if (first != 0xef) return;
  for (int c : {0xef, 0xbb, 0xbf}) {
    if (peek() != c) {
      line_ = 1;
      fail("the file begins with half a byte order mark");
    }
    ++at_;
  }
}

void CsvReader::append(char c) {
  if (int64_t(record_.size()) >= limits().record_bytes) {
    fail("record longer than " + std::to_string(limits().record_bytes) + " bytes");
  }
  record_ += c;
}

void CsvReader::end_cell() {
  if (int64_t(ends_.size()) >= limits().columns) {
    fail("more than " + std::to_string(limits().columns) + " columns");
  }
  ends_.push_back(record_.size());
}

bool CsvReader::end_of_line(int c) {
  if (c == '\r' && peek() == '\n') get();
  if (c != '\r' && c != '\n') return false;
  ++next_line_;
  return true;
}

void CsvReader::plain_cell(int c) {
  append(char(c));
  for (c = peek(); c != kEnd && c != delimiter_ && c != '\n' && c != '\r'; c = peek()) {
    append(char(get()));
  }
}

void CsvReader::quoted_cell() {
  for (;;) {
    const int c = get();
    if (c == kEnd) fail("the quote that opens here is never closed");
    if (c == '"') {
      if (peek() != '"') break;
      get();
    }
    if (c == '\n') ++next_line_;
    append(char(c));
  }
  const int after = peek();
  if (after != kEnd && after != delimiter_ && after != '\n' && after != '\r') {
    fail("text after a closing quote; a quote inside a quoted cell is written twice");
  }
}

bool CsvReader::next() {
  record_.clear();
  ends_.clear();
  int c;
  do {
    line_ = next_line_;
    c = get();
  } while (end_of_line(c));
  if (c == kEnd) return false;
  for (;; c = get()) {
    if (c == '"') {
      quoted_cell();
      c = get();
    } else if (c != kEnd && c != delimiter_ && c != '\n' && c != '\r') {
      plain_cell(c);
      c = get();
    }
    end_cell();
    if (c == kEnd || end_of_line(c)) return true;
  }
}

namespace {

/// Lines on which rows begin: kept where a row does not follow on the next line.
struct RowLines {
  std::vector<std::pair<size_t, int>> jumps;
  void add(size_t row, int line) {
    if (jumps.empty() || of(row) != line) jumps.push_back({row, line});
  }
  int of(size_t row) const {
    auto it = std::upper_bound(jumps.begin(), jumps.end(), std::make_pair(row, INT32_MAX));
    --it;
    return it->second + int(row - it->first);
  }
};

void name_columns(const CsvReader& csv, bool header, const std::string& file, RawData* out) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < csv.size(); ++i) {
    const std::string_view name = trimmed(csv[i]);
    if (header && (name.empty() || !seen.insert(name).second)) {
      throw Error(Code::data, name.empty() ? "a column has no name"
                                           : "two columns are named '" + printable(name, 32) + "'")
          .at({file, csv.line(), int(i) + 1});
    }
    Column column;
    column.name = header ? std::string(name) : std::to_string(i);
    out->columns.push_back(std::move(column));
  }
}

}  // namespace

RawData read_csv(Reader& in, char delimiter, bool header) {
  CsvReader csv(in, delimiter);
  RawData out;
  RowLines lines;
  size_t rows = 0;
  int64_t held = 0;
  while (csv.next()) {
    if (out.columns.empty()) {
      name_columns(csv, header, in.name(), &out);
      if (header) continue;
    }
    if (csv.size() != out.columns.size()) {
      throw Error(Code::data, "expected " + std::to_string(out.columns.size()) + " columns, got " +
                                  std::to_string(csv.size()))
          .at({in.name(), csv.line()});
    }
    for (size_t i = 0; i < csv.size(); ++i) {
      const std::string_view cell = trimmed(csv[i]);
      out.columns[i].text.push_back(cell);
      held += int64_t(cell.size() + sizeof(uint32_t));
    }
    if (held > limits().data_bytes) {
      throw Error(Code::memory, printable(in.name()) + ": needs more than the limit of " +
                                    std::to_string(limits().data_bytes) + " bytes in memory");
    }
    lines.add(rows++, csv.line());
  }
  if (rows == 0) throw Error(Code::data, printable(in.name()) + ": no rows");
  out.where = [lines, file = in.name()](size_t row, size_t column) {
    return Where{file, lines.of(row), int(column) + 1};
  };
  return out;
}

}  // namespace nnrun
