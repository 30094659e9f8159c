// Fields of a CSV record, RFC 4180 with LF line ends (which awk, cut and every reader take).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Appends one field, quoted if it holds a comma, a quote, CR or LF.
void append_field(std::string& record, std::string_view field);

// The first record of text: its fields, and how many bytes it takes with its line end; 0 bytes if
// text does not hold a whole record.
struct Record {
  std::vector<std::string> fields;
  std::size_t bytes = 0;
};
Record first_record(std::string_view text);

// The fields of a line that has no quotes: a row of numbers.
std::vector<std::string_view> split_row(std::string_view line);
