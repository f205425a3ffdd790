// Columns of a table, and numbers from the text of cells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnrun {

/// The cells of one column as text, kept together: 4 bytes a cell above its text.
class TextCells {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t row) const {
    const uint32_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }
  /// Throws Error(memory) when the column grows beyond 4 GiB.
  void push_back(std::string_view cell);

 private:
  std::string bytes_;
  std::vector<uint32_t> ends_;
};

/// A named column: text as it was read, or numbers that were computed.
struct Column {
  std::string name;
  TextCells text;
  std::vector<double> numbers;
  std::vector<double> classes;  // the values that `numbers` takes, when they name classes
  bool computed() const { return !numbers.empty(); }
  size_t size() const { return computed() ? numbers.size() : text.size(); }
};

/// Without the spaces and tabs around it.
std::string_view trimmed(std::string_view s);

/// The whole text as a finite decimal number, in the C locale whatever the program's is: false for
/// anything else, nan and inf included.
bool parse_number(std::string_view text, double* out);

}  // namespace nnrun
