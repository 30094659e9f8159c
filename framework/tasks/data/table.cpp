#include "tasks/data/table.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/delimited.hpp"
#include "tasks/data/file_kind.hpp"
#include "tasks/data/json_table.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"

namespace trainbus::tasks {
namespace {

// An element of Table::ends_ has its cell's kind in the upper bits and the end in the lower ones.
constexpr int kind_shift = 62;
constexpr std::uint64_t end_mask = (std::uint64_t{1} << kind_shift) - 1;

[[noreturn]] void refuse_value(Cell::Kind kind, const std::string& column,
                               const std::string& where) {
  if (kind == Cell::Kind::Twice)
    throw UsageError("the key " + quote(column) + " occurs twice", where, "Remove one.");
  throw UsageError("the value of " + quote(column) + " is " +
                       (kind == Cell::Kind::Array ? "an array" : "an object") + ", expected text",
                   where, "Write its text into a key of its own, and name that key.");
}

// Of a list as add_to_list writes it.
std::vector<std::string> texts_in(std::string_view list) {
  std::vector<std::string> texts;
  for (list.remove_prefix(1); !list.empty();) {
    const std::size_t colon = list.find(':');
    const std::size_t size = std::stoul(std::string(list.substr(0, colon)));
    texts.emplace_back(list.substr(colon + 1, size));
    list.remove_prefix(colon + 1 + size);
  }
  return texts;
}

}  // namespace

Table::Table(std::string name, std::vector<std::string> columns, std::uint64_t line)
    : name_(std::move(name)), header_line_(line) {
  for (std::string& column : columns) add_column(std::move(column));
}

std::size_t Table::add_column(std::string name) {
  index_.emplace(name, columns_.size());
  columns_.push_back(std::move(name));
  return columns_.size() - 1;
}

void Table::append_cell(std::string_view text, Cell::Kind kind) {
  text_.append(text);
  ends_.push_back(text_.size() | static_cast<std::uint64_t>(kind) << kind_shift);
}

void Table::append(std::span<const Cell> cells, std::uint64_t line) {
  row_begins_.push_back(ends_.size());
  for (const Cell& cell : cells) append_cell(cell.text, cell.kind);
  lines_.push_back(line);
}

void Table::append(std::span<const std::string> cells, std::uint64_t line) {
  row_begins_.push_back(ends_.size());
  for (const std::string& cell : cells) append_cell(cell, Cell::Kind::Text);
  lines_.push_back(line);
}

std::pair<std::string_view, Cell::Kind> Table::at(std::size_t row, std::size_t column) const {
  const std::size_t index = row_begins_[row] + column;
  const std::size_t row_end = row + 1 < row_begins_.size() ? row_begins_[row + 1] : ends_.size();
  if (index >= row_end) return {{}, Cell::Kind::Text};
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1] & end_mask;
  return {std::string_view(text_.data() + begin, (ends_[index] & end_mask) - begin),
          static_cast<Cell::Kind>(ends_[index] >> kind_shift)};
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const auto [text, kind] = at(row, column);
  if (kind != Cell::Kind::Text) refuse_value(kind, columns_[column], at_line(name_, lines_[row]));
  return text;
}

bool Table::is_list(std::size_t row, std::size_t column) const {
  return at(row, column).second == Cell::Kind::Array;
}

std::vector<std::string> Table::list(std::size_t row, std::size_t column) const {
  auto [text, kind] = at(row, column);
  const std::string where = at_line(name_, lines_[row]);
  if (kind != Cell::Kind::Array)
    throw UsageError("the value of " + quote(columns_[column]) + " is " +
                         (kind == Cell::Kind::Text ? quote(text) : "no array") +
                         ", expected an array of texts",
                     where, "Write [\"one\", \"two\"] in a JSON file.");
  if (text.empty() || holds_messages(text))
    throw UsageError("the array of " + quote(columns_[column]) + " holds more than texts", where,
                     "Write an array of texts.");
  return texts_in(text);
}

bool Table::is_messages(std::size_t row, std::size_t column) const {
  const auto [text, kind] = at(row, column);
  return kind == Cell::Kind::Array && holds_messages(text);
}

std::vector<Message> Table::messages(std::size_t row, std::size_t column) const {
  std::vector<std::string> texts = texts_in(at(row, column).first);
  std::vector<Message> messages;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2)
    messages.push_back({std::move(texts[i]), std::move(texts[i + 1])});
  return messages;
}

// "[3:one3:two": each text with its number of bytes, since a text may hold any character.
std::string empty_list() { return "["; }
std::string empty_messages() { return "{"; }
bool holds_messages(std::string_view list) { return list.starts_with('{'); }

void add_to_list(std::string& list, std::string_view text) {
  if (!list.empty()) list.append(std::to_string(text.size())).append(":").append(text);
}

std::size_t Table::column(std::string_view column, std::string_view wanted_by) const {
  const auto found = find_column(column);
  if (!found) {
    if (columns_.size() == 1) suggest_separator(columns_.front(), at_line(name_, header_line_));
    throw UsageError("has no column " + quote(column) + ", which " + std::string(wanted_by) +
                         " names; its columns are " + quote_list(columns_),
                     name_, did_you_mean(column, columns_));
  }
  if (std::count(columns_.begin(), columns_.end(), column) > 1)
    throw UsageError(
        "two columns are named " + quote(column) + ", which " + std::string(wanted_by) + " names",
        at_line(name_, header_line_), "Give each its own name.");
  return *found;
}

std::optional<std::size_t> Table::find_column(std::string_view column) const {
  const auto found = index_.find(column);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

TableFormat table_format(const std::filesystem::path& path, std::string_view format) {
  struct Known {
    std::string_view name;
    TableFormat format;
  };
  static constexpr Known known[] = {{"csv", TableFormat::Csv},
                                    {"tsv", TableFormat::Tsv},
                                    {"jsonl", TableFormat::Json},
                                    {"json", TableFormat::Json}};
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (format == "auto" && extension == ".ndjson") return TableFormat::Json;
  for (const Known& one : known)
    if (format == "auto" ? extension == "." + std::string(one.name) : format == one.name)
      return one.format;
  if (format != "auto")
    throw UsageError("unknown table format " + quote(format), path.string(),
                     "The formats are auto, csv, tsv, jsonl and json.");
  throw UsageError("the extension " + quote(extension) + " names no known table format",
                   path.string(), "Say what it holds: --task.format csv, tsv or jsonl.");
}

char csv_separator(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  const auto allowed = [](char c) {
    return c == '\t' || (c > ' ' && c < 0x7F && c != '"' && !(c >= '0' && c <= '9') &&
                         !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'));
  };
  if (text.size() == 1 && allowed(text[0])) return text[0];
  throw UsageError("found " + quote(text) + ", expected one punctuation character or tab",
                   "--task.separator", "Write for example ';' or tab.");
}

Table parse_table(std::string_view bytes, TableFormat format, std::string name,
                  std::optional<char> separator) {
  const std::string_view text = text_of_bytes(bytes, name);
  if (trimmed(text).empty()) throw UsageError("is empty", name, "Give a file with rows of data.");
  if (separator && format != TableFormat::Csv)
    throw UsageError(quote(std::string(1, *separator)) + " cannot be the separator of " + name +
                         ", which is " + (format == TableFormat::Tsv ? "TSV" : "JSON"),
                     "--task.separator", "Leave it out, or add --task.format csv.");
  Table table = format == TableFormat::Csv   ? parse_csv(text, std::move(name), separator)
                : format == TableFormat::Tsv ? parse_tsv(text, std::move(name))
                                             : parse_json_table(text, std::move(name));
  if (table.row_count() == 0)
    throw UsageError("names its columns but has no rows", table.name(),
                     "Give a file with rows of data.");
  return table;
}

Table read_table(const std::filesystem::path& path, const TableReading& reading) {
  const FileBytes file = open_bytes(path);
  const std::string_view bytes = file.text();
  refuse_other_kinds(bytes, path.string());  // before choosing a format, which would not help
  const TableFormat format = table_format(path, reading.format);
  return parse_table(
      bytes, format, path.string(),
      reading.separator.empty() ? std::nullopt : std::optional(csv_separator(reading.separator)));
}

}  // namespace trainbus::tasks
