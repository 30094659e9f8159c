// A table of text read from a file: CSV, TSV or JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// A value of a row, or why it is none that a task could use.
struct Cell {
  enum class Kind : std::uint8_t { Text, Array, Object, Twice };  // Twice: its key stands twice
  std::string text;
  Kind kind = Kind::Text;
};

// Rows of UTF-8 cells. Only what is asked for has to be usable: columns that nobody asks for may
// have equal names, and hold arrays or objects. All cells lie in one buffer: 8 bytes of bookkeeping
// a cell and 16 a row. Views that it gives live as long as the table and end when a row is
// appended.
class TRAINBUS_EXPORT Table {
 public:
  // name: the file, for messages. line: where the columns are named.
  Table(std::string name, std::vector<std::string> columns, std::uint64_t line = 1);

  // A further column, which the rows so far have no value of.
  std::size_t add_column(std::string name);

  // cells: at most as many as there are columns; the row has no value of the others. line: where
  // the row begins in the file, counted from 1.
  void append(std::span<const Cell> cells, std::uint64_t line);
  void append(std::span<const std::string> cells, std::uint64_t line);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t row_count() const { return lines_.size(); }
  // Empty where the row has no value. Throws UsageError, with the line, for an array or an object,
  // and for a key that stands twice.
  std::string_view cell(std::size_t row, std::size_t column) const;
  std::uint64_t line(std::size_t row) const { return lines_[row]; }

  // Index of a column. Throws UsageError naming the columns that are there and the nearest one,
  // also if two have this name; wanted_by says who asks: "--task.label-column".
  std::size_t column(std::string_view column, std::string_view wanted_by) const;
  std::optional<std::size_t> find_column(std::string_view column) const;

 private:
  void append_cell(std::string_view text, Cell::Kind kind);

  std::string name_;
  std::vector<std::string> columns_;
  std::uint64_t header_line_;
  std::map<std::string, std::size_t, std::less<>> index_;  // of the first column of each name
  std::string text_;
  std::vector<std::uint64_t> ends_;        // of each cell in text_, row by row; above it its kind
  std::vector<std::uint64_t> row_begins_;  // of each row's first cell in ends_
  std::vector<std::uint64_t> lines_;
};

enum class TableFormat { Csv, Tsv, Json };

struct TableReading {
  std::string format = "auto";  // auto: by the path's extension
  std::string separator;        // of CSV, see csv_separator; empty: the comma
};

// format: csv, tsv, jsonl or json (the same: JSON in any of its forms); auto goes by the path's
// extension (.csv, .tsv, .jsonl, .ndjson, .json). Throws UsageError for others.
TRAINBUS_EXPORT TableFormat table_format(const std::filesystem::path& path,
                                         std::string_view format = "auto");

// The character that separates the cells of a CSV file: one that is no letter, digit, quotation
// mark, line end or blank; "tab" and "\t" are the tab. Throws UsageError, naming --task.separator.
TRAINBUS_EXPORT char csv_separator(std::string_view text);

// The contents of a file as a table; name is for messages. A byte order mark is skipped. separator:
// of CSV; none: the comma, or what a first line "sep=;" says. Throws UsageError, with the line, for
// what is no UTF-8 text (text_file.hpp), an empty file, a header without rows, and what the
// format's own parser refuses (delimited.hpp, json_table.hpp).
TRAINBUS_EXPORT Table parse_table(std::string_view bytes, TableFormat format, std::string name,
                                  std::optional<char> separator = std::nullopt);

// Reads a whole file. Throws UsageError, also when there is no such file or it cannot be read.
TRAINBUS_EXPORT Table read_table(const std::filesystem::path& path,
                                 const TableReading& reading = {});

}  // namespace trainbus::tasks
