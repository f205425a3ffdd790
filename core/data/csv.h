// CSV as RFC 4180 has it: quoted cells with doubled quotes and line ends inside, any one-byte
// delimiter, lines ended by LF, CRLF or CR, a UTF-8 byte order mark, blank lines skipped. One
// record is held at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/reader.h"
#include "core/data/data.h"

namespace nnrun {

/// Reads records from `in`, which must outlive it. Throws Error(data) at file:row(:column): an open
/// quote (at the row where it began), text after a closing quote, a NUL byte, UTF-16, a record
/// beyond limits().record_bytes or limits().columns.
class CsvReader {
 public:
  CsvReader(Reader& in, char delimiter);

  /// The next record; false at the end.
  bool next();
  size_t size() const { return ends_.size(); }
  /// Valid until next().
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(record_).substr(begin, ends_[i] - begin);
  }
  /// The line on which the record began, from 1.
  int line() const { return line_; }

 private:
  static constexpr int kEnd = -1;
  int get();
  int peek();
  void skip_byte_order_mark();
  bool ends_cell(int c) const { return c == delimiter_ || c == '\n' || c == '\r'; }
  void append(const char* bytes, size_t n);
  void end_cell();
  void plain_cell();
  void quoted_cell();
  /// Takes a line end, if one is next.
  bool end_of_line();
  [[noreturn]] void fail(const std::string& why) const;

  Reader& in_;
  char delimiter_;
  std::vector<char> buffer_;
  size_t at_ = 0, filled_ = 0;
  int64_t offset_ = 0;  // of the buffer's first byte
  int line_ = 0, next_line_ = 1;
  std::string record_;
  std::vector<size_t> ends_;
};

/// The whole file as a table; spaces around a cell do not count. With a header its first record
/// names the columns, else they are "0", "1", ... Throws Error(data) as the reader, and: no rows, a
/// row of another number of cells, a column name that is empty or there twice; Error(memory) over
/// limits().data_bytes.
RawData read_csv(Reader& in, char delimiter, bool header);

}  // namespace nnrun
