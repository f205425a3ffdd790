// Numbers out of a table, with the place of a cell that is none.
#pragma once

#include <string>
#include <vector>

#include "core/data/data.h"

namespace nnrun {

/// The column's numbers. Throws an Error of the table's code at the cell: empty, not a finite
/// number, too large for float32. `hint` goes with it.
std::vector<double> numbers_of(const RawData& table, size_t column, const std::string& hint = "");

/// "column 'x': " and the start of every message about a cell.
std::string column_text(const Column& column);
/// The cell as text in quotes, at most 32 bytes of it.
std::string cell_text(const Column& column, size_t row);

/// The index of a column by its name, or by its number from 0 when no column has that name; the
/// number of columns when there is none.
size_t find_column(const RawData& table, const std::string& name);
/// Throws Error(model): "no column 'n'" with the nearest, or the list, as hint.
size_t require_column(const RawData& table, const std::string& name, const std::string& what);

/// Throws Error(data) at the first row of a float array that holds NaN or Inf.
void check_finite(const Array& a, const std::string& file);

}  // namespace nnrun
