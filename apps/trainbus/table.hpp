// Text in columns: aligned tables, and option lists wrapped to the terminal's width.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/option.hpp"

namespace trainbus::cli {

// Width for text on standard output, in cells: COLUMNS, else the terminal's, else 80; at most 100.
unsigned text_width();

// The width of each column's widest cell.
std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& rows);

// Prints rows of cells; columns are as wide as their widest cell, or as given; each line begins
// with indent.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 std::string_view indent = "", std::vector<std::size_t> widths = {});

// Words of text, wrapped to width; lines after the first begin with indent blanks.
std::string wrapped(std::string_view text, unsigned indent, unsigned width);

// A title and one entry per option: `--prefix.name VALUE   help [default]`.
void print_options(std::ostream& out, const std::string& title, const std::string& prefix,
                   const std::vector<Option>& options, unsigned width);

}  // namespace trainbus::cli
