// Formatting for messages and summaries: quoted values, numbers with thousands separators, places
// in files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::tasks {

// text in quotation marks on one line: control characters, '"' and '\' are escaped; longer text is
// cut to about limit bytes, never inside a character, and ends with "…".
TRAINBUS_EXPORT std::string quote(std::string_view text, std::size_t limit = 40);

// "a, b, c", each quoted; after the first `most` the number of the others.
TRAINBUS_EXPORT std::string quote_list(std::span<const std::string> values, std::size_t most = 12);

// 12752 -> "12,752".
TRAINBUS_EXPORT std::string thousands(std::uint64_t number);

// "1 row", "2 rows", for nouns with a regular plural.
TRAINBUS_EXPORT std::string counted(std::uint64_t number, std::string_view noun);

// "reviews.csv:12": a place for error messages.
TRAINBUS_EXPORT std::string at_line(std::string_view file, std::uint64_t line);

// On one line: \n and \r for line ends.
TRAINBUS_EXPORT std::string one_line(std::string_view text);

// Without leading and trailing ASCII white space.
TRAINBUS_EXPORT std::string_view trimmed(std::string_view text);
// Without leading and trailing blanks (U+0020).
TRAINBUS_EXPORT std::string_view trimmed_blanks(std::string_view text);

}  // namespace trainbus::tasks
