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

void CsvReader::append(const char* bytes, size_t n) {
  if (int64_t(record_.size() + n) > limits().record_bytes) {
    fail("record longer than " + std::to_string(limits().record_bytes) + " bytes");
  }
  record_.append(bytes, n);
}

void CsvReader::end_cell() {
  if (int64_t(ends_.size()) >= limits().columns) {
    fail("more than " + std::to_string(limits().columns) + " columns");
  }
  ends_.push_back(record_.size());
}

bool CsvReader::end_of_line() {
  const int c = peek();
  if (c != '\r' && c != '\n') return false;
  get();
  if (c == '\r' && peek() == '\n') get();
  ++next_line_;
  return true;
}

void CsvReader::plain_cell() {
  // A run of the buffer at a time: this loop sees every byte of most files.
  for (int c = peek(); c != kEnd && !ends_cell(c); c = peek()) {
    size_t end = at_;
    while (end < filled_ && buffer_[end] != 0 && !ends_cell(buffer_[end])) ++end;
    append(&buffer_[at_], end - at_);
    at_ = end;
    if (at_ < filled_ && buffer_[at_] == 0) get();  // throws
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
    const char byte = char(c);
    append(&byte, 1);
  }
  const int after = peek();
  if (after != kEnd && !ends_cell(after)) {
    fail("text after a closing quote; a quote inside a quoted cell is written twice");
  }
}

bool CsvReader::next() {
  record_.clear();
  ends_.clear();
  do {
    line_ = next_line_;
  } while (end_of_line());
  if (peek() == kEnd) return false;
  for (;;) {
    if (peek() == '"') {
      get();
      quoted_cell();
    } else {
      plain_cell();
    }
    end_cell();
    if (peek() == kEnd || end_of_line()) return true;
    get();  // the delimiter
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
