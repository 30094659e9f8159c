// A table of text read from a file: CSV, TSV or JSON lines.
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

// Rows of UTF-8 cells. All cells lie in one buffer: 8 bytes of bookkeeping a cell and 8 a row.
// Views that it gives live as long as the table and end when a row is appended.
class TRAINBUS_EXPORT Table {
 public:
  // name: the file, for messages. line: where the columns are named. Throws UsageError if two
  // columns have one name.
  Table(std::string name, std::vector<std::string> columns, std::uint64_t line = 1);

  // cells: as many as there are columns. line: where the row begins in the file, counted from 1.
  void append(std::span<const std::string> cells, std::uint64_t line);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t row_count() const { return lines_.size(); }
  std::string_view cell(std::size_t row, std::size_t column) const;
  std::uint64_t line(std::size_t row) const { return lines_[row]; }

  // Index of a column. Throws UsageError naming the columns that are there and the nearest one;
  // wanted_by says who asks: "--task.label-column".
  std::size_t column(std::string_view column, std::string_view wanted_by) const;
  std::optional<std::size_t> find_column(std::string_view column) const;

 private:
  std::string name_;
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t, std::less<>> index_;  // of columns_, which may be many
  std::string text_;
  std::vector<std::uint64_t> ends_;  // of each cell in text_, row by row
  std::vector<std::uint64_t> lines_;
};

enum class TableFormat { Csv, Tsv, Jsonl };

// format: csv, tsv or jsonl; auto goes by the path's extension (.csv, .tsv, .jsonl, .ndjson).
// Throws UsageError for others.
TRAINBUS_EXPORT TableFormat table_format(const std::filesystem::path& path,
                                         std::string_view format = "auto");

// The contents of a file as a table; name is for messages. A byte order mark is skipped. Throws
// UsageError, with the line, for text that is not UTF-8, an empty file, a header without rows, and
// what the format's own parser refuses (delimited.hpp, json_lines.hpp).
TRAINBUS_EXPORT Table parse_table(std::string_view text, TableFormat format, std::string name);

// Reads a whole file. Throws UsageError, also when there is no such file or it cannot be read.
TRAINBUS_EXPORT Table read_table(const std::filesystem::path& path,
                                 std::string_view format = "auto");

}  // namespace trainbus::tasks
