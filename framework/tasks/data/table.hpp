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
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/io/spilled_vector.hpp"

namespace trainbus::tasks {

// A value of a row, or why a task cannot use it.
struct Cell {
  enum class Kind : std::uint8_t { Text, Array, Object, Twice };  // Twice: its key occurs twice
  // Of an array of texts: as empty_list and add_to_list write it; of one of chat messages: the same
  // with empty_messages, each message's role and content; of other arrays and objects: empty.
  std::string text;
  Kind kind = Kind::Text;
};

// The texts of an array in the text of one cell.
std::string empty_list();
std::string empty_messages();
bool holds_messages(std::string_view list);
// Nothing if the list is an empty text: the array holds something else too.
void add_to_list(std::string& list, std::string_view text);

// One message of a chat.
struct Message {
  std::string role, content;
};

// Rows of UTF-8 cells. Only the columns that are used are checked: others may have equal names, and
// hold arrays or objects. All cells are in one buffer, with 8 bytes of bookkeeping per cell and 16
// per row; all of it may be larger than memory (see core/io/spilled_vector.hpp). Views are valid
// until the table is destroyed or a row is appended.
class TRAINBUS_EXPORT Table {
 public:
  // name: the file, for messages. line: of the header.
  Table(std::string name, std::vector<std::string> columns, std::uint64_t line = 1);

  // Adds a column; rows so far have no value in it.
  std::size_t add_column(std::string name);

  // cells: at most one per column; the row has no value in the other columns. line: where the row
  // begins in the file, from 1.
  void append(std::span<const Cell> cells, std::uint64_t line);
  void append(std::span<const std::string> cells, std::uint64_t line);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t row_count() const { return lines_.size(); }
  // Empty where the row has no value. Throws UsageError, with the line, for an array or an object,
  // and for a key that occurs twice.
  std::string_view cell(std::size_t row, std::size_t column) const;
  // The texts of an array; numbers as they are written. Throws UsageError, with the line, for
  // anything else, and for an array that holds more than texts and numbers.
  std::vector<std::string> list(std::size_t row, std::size_t column) const;
  // Whether the cell holds an array of chat messages, at least one: objects with the texts "role"
  // and "content", and whatever else.
  bool is_messages(std::size_t row, std::size_t column) const;
  std::vector<Message> messages(std::size_t row, std::size_t column) const;
  // Whether the cell holds an array.
  bool is_list(std::size_t row, std::size_t column) const;
  std::uint64_t line(std::size_t row) const { return lines_[row]; }

  // Index of a column. Throws UsageError, naming the existing columns and the nearest one, also if
  // two have this name. wanted_by: the option, for messages: "--task.label-column".
  std::size_t column(std::string_view column, std::string_view wanted_by) const;
  std::optional<std::size_t> find_column(std::string_view column) const;

 private:
  void append_cell(std::string_view text, Cell::Kind kind);
  // A cell's text and kind; empty text where the row has no value.
  std::pair<std::string_view, Cell::Kind> at(std::size_t row, std::size_t column) const;

  std::string name_;
  std::vector<std::string> columns_;
  std::uint64_t header_line_;
  std::map<std::string, std::size_t, std::less<>> index_;  // of the first column of each name
  SpilledVector<char> text_;
  SpilledVector<std::uint64_t> ends_;        // of each cell in text_, row by row; above it its kind
  SpilledVector<std::uint64_t> row_begins_;  // of each row's first cell in ends_
  SpilledVector<std::uint64_t> lines_;
};

enum class TableFormat { Csv, Tsv, Json };

struct TableReading {
  std::string format = "auto";  // auto: by the path's extension
  std::string separator;        // of CSV, see csv_separator; empty: the comma
};

// format: csv, tsv, jsonl or json (both read JSON in any form); auto chooses by the path's
// extension (.csv, .tsv, .jsonl, .ndjson, .json). Throws UsageError for others.
TRAINBUS_EXPORT TableFormat table_format(const std::filesystem::path& path,
                                         std::string_view format = "auto");

// Parses a CSV separator: a character other than letters, digits, quotation marks, line ends and
// blanks; "tab" and "\t" are the tab. Throws UsageError, naming --task.separator.
TRAINBUS_EXPORT char csv_separator(std::string_view text);

// Parses the contents of a file; name is for messages. A byte order mark is skipped. separator: for
// CSV; none: that of a first line "sep=;", else the comma. Throws UsageError, with the line, for
// anything but UTF-8 text (text_file.hpp), an empty file, a header without rows, and what the
// format's parser refuses (delimited.hpp, json_table.hpp).
TRAINBUS_EXPORT Table parse_table(std::string_view bytes, TableFormat format, std::string name,
                                  std::optional<char> separator = std::nullopt);

// Reads a whole file. Throws UsageError, also if the file does not exist or cannot be read.
TRAINBUS_EXPORT Table read_table(const std::filesystem::path& path,
                                 const TableReading& reading = {});

}  // namespace trainbus::tasks
