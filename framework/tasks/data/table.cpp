#include "tasks/data/table.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "tasks/data/delimited.hpp"
#include "tasks/data/json_lines.hpp"
#include "tasks/data/utf8.hpp"
#include "tasks/data/wording.hpp"

namespace trainbus::tasks {

Table::Table(std::string name, std::vector<std::string> columns, std::uint64_t line)
    : name_(std::move(name)), columns_(std::move(columns)) {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (!index_.emplace(columns_[i], i).second)
      throw UsageError("two columns are named " + quote(columns_[i]), at_line(name_, line),
                       "Give each column its own name.");
}

void Table::append(std::span<const std::string> cells, std::uint64_t line) {
  for (const std::string& cell : cells) {
    text_ += cell;
    ends_.push_back(text_.size());
  }
  lines_.push_back(line);
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const std::size_t index = row * columns_.size() + column;
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::size_t Table::column(std::string_view column, std::string_view wanted_by) const {
  if (const auto found = find_column(column)) return *found;
  throw UsageError("has no column " + quote(column) + ", which " + std::string(wanted_by) +
                       " names; its columns are " + quote_list(columns_),
                   name_, did_you_mean(column, columns_));
}

std::optional<std::size_t> Table::find_column(std::string_view column) const {
  const auto found = index_.find(column);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

TableFormat table_format(const std::filesystem::path& path, std::string_view format) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool by_extension = format == "auto";
  if (by_extension ? extension == ".csv" : format == "csv") return TableFormat::Csv;
  if (by_extension ? extension == ".tsv" : format == "tsv") return TableFormat::Tsv;
  if (by_extension ? extension == ".jsonl" || extension == ".ndjson" : format == "jsonl")
    return TableFormat::Jsonl;
  if (!by_extension)
    throw UsageError("unknown table format " + quote(format), path.string(),
                     "The formats are auto, csv, tsv and jsonl.");
  for (const char* packed : {".bz2", ".gz", ".xz", ".zst", ".zip"})
    if (extension == packed)
      throw UsageError("is compressed", path.string(), "Decompress it first.");
  throw UsageError("the extension " + quote(extension) + " names no known table format",
                   path.string(), "Set the format: csv, tsv or jsonl.");
}

Table parse_table(std::string_view text, TableFormat format, std::string name) {
  if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    const auto breaks = std::count(text.begin(), text.begin() + static_cast<long>(bad), '\n');
    throw UsageError("is not UTF-8 text", at_line(name, static_cast<std::uint64_t>(breaks) + 1),
                     "Convert the file to UTF-8.");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (trimmed(text).empty()) throw UsageError("is empty", name, "Give a file with rows of data.");
  Table table = format == TableFormat::Csv   ? parse_csv(text, std::move(name))
                : format == TableFormat::Tsv ? parse_tsv(text, std::move(name))
                                             : parse_json_lines(text, std::move(name));
  if (table.row_count() == 0)
    throw UsageError("names its columns but has no rows", table.name(),
                     "Give a file with rows of data.");
  return table;
}

Table read_table(const std::filesystem::path& path, std::string_view format) {
  const TableFormat known = table_format(path, format);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw UsageError(std::filesystem::exists(path, ignored) ? "is not a file" : "no such file",
                     path.string(), "Check the path.");
  std::string text;
  try {
    text = file_system().read_all(path);
  } catch (const RunError& error) {  // nothing has run yet: the path was a bad choice
    throw UsageError(error.what(), "", "Check the path and its permissions.");
  }
  return parse_table(text, known, path.string());
}

}  // namespace trainbus::tasks
