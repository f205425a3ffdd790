// Small text helpers for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nnrun/diagnostics.h>  // did_you_mean

namespace nnrun {

/// The candidate that did_you_mean names; "" when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Levenshtein distance with adjacent transpositions counted as one.
int edit_distance(std::string_view a, std::string_view b);

/// "a, b, c".
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

/// Shortest text that reads back as the same double: "0.1", "1e-05", "3".
std::string number_text(double v);
/// The same for a float: 0.1f is "0.1".
std::string number_text(float v);

/// Control characters and bytes that are not UTF-8 as \xNN, so that a name from a file cannot move
/// the cursor or forge a line; at most max_bytes, then "...".
std::string printable(std::string_view s, size_t max_bytes = 200);

}  // namespace nnrun
