#include "tasks/data/delimited.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

class DelimitedReader {
 public:
  // quotes: whether cells may be quoted.
  DelimitedReader(std::string_view text, const std::string& name, char separator, bool quotes)
      : text_(text), name_(name), separator_(separator), quotes_(quotes) {}

  // The next row that is not blank; false at the end.
  bool next(std::vector<std::string>& cells) {
    while (at_ < text_.size() && end_line()) {
    }
    if (at_ == text_.size()) return false;
    cells.clear();
    row_line_ = line_;
    do {
      cells.push_back(quotes_ && peek() == '"' ? quoted_cell() : plain_cell());
    } while (end_cell());
    return true;
  }

  std::uint64_t row_line() const { return row_line_; }

 private:
  // '\0' at the end; a NUL in the text is an ordinary character, so the two need no distinction.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Consumes a line end, if there is one.
  bool end_line() {
    const std::size_t length = peek() == '\n' ? 1 : text_.substr(at_, 2) == "\r\n" ? 2 : 0;
    at_ += length;
    line_ += length > 0;
    return length > 0;
  }

  // Consumes the end of a cell; true if another cell follows in this row.
  bool end_cell() {
    if (at_ == text_.size() || end_line()) return false;
    if (peek() == separator_) {
      ++at_;
      return true;
    }
    if (peek() == '\r')
      refuse(line_, "a carriage return without a line feed", "End lines with LF or CRLF.");
    refuse(line_, "text follows the closing quotation mark of a cell", doubling);
  }

  std::string plain_cell() {
    const char stops[] = {separator_, '\n', '\r', '"'};
    const std::string_view stop(stops, quotes_ ? 4 : 3);
    const std::size_t end = std::min(text_.find_first_of(stop, at_), text_.size());
    std::string cell(text_.substr(at_, end - at_));
    at_ = end;
    if (quotes_ && peek() == '"')
      refuse(line_, "a quotation mark inside a cell that does not begin with one", doubling);
    return cell;
  }

  std::string quoted_cell() {
    const std::uint64_t opened = line_;
    std::string cell;
    for (++at_;;) {
      const std::size_t mark = text_.find('"', at_);
      if (mark == std::string_view::npos)
        refuse(opened, "a quotation mark opens a cell here and is never closed", doubling);
      const std::string_view run = text_.substr(at_, mark - at_);
      cell += run;
      line_ += static_cast<std::uint64_t>(std::count(run.begin(), run.end(), '\n'));
      at_ = mark + 1;
      if (peek() != '"') return cell;
      cell += '"';
      ++at_;
    }
  }

  [[noreturn]] void refuse(std::uint64_t line, std::string_view what, std::string_view remedy) {
    throw UsageError(what, at_line(name_, line), remedy);
  }

  static constexpr std::string_view doubling =
      "Put the cell in quotation marks and double those inside it.";
  std::string_view text_;
  const std::string& name_;
  char separator_;
  bool quotes_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
};

// The separator from a first line "sep=;", which Excel writes and reads; none if there is no such
// line. The line, without its end, is removed from the text.
std::optional<char> take_separator_line(std::string_view& text) {
  if (!text.starts_with("sep=") || text.size() < 5) return std::nullopt;
  const std::string_view rest = text.substr(5);
  if (!rest.empty() && !rest.starts_with('\n') && !rest.starts_with("\r\n")) return std::nullopt;
  const char separator = text[4];
  text = rest;
  return separator;
}

Table parse_delimited(std::string_view text, std::string name, char separator, bool quotes) {
  DelimitedReader reader(text, name, separator, quotes);
  std::vector<std::string> cells;
  reader.next(cells);
  Table table(name, cells, reader.row_line());
  while (reader.next(cells)) {
    if (cells.size() != table.columns().size()) {
      if (table.columns().size() == 1) suggest_separator(table.columns()[0], at_line(name, 1));
      throw UsageError("the row has " + counted(cells.size(), "cell") + ", the header has " +
                           std::to_string(table.columns().size()),
                       at_line(name, reader.row_line()),
                       quotes ? "Put cells with commas or line breaks in quotation marks."
                              : "A cell of a TSV file holds no tab and no line break; use CSV.");
    }
    table.append(cells, reader.row_line());
  }
  return table;
}

}  // namespace

void suggest_separator(std::string_view only_column, const std::string& where) {
  for (const char c : {';', '\t', '|', ','}) {
    const std::size_t at = only_column.find(c);
    if (at == std::string_view::npos) continue;
    const std::string name = c == '\t' ? "tab" : std::string(1, c);
    throw UsageError("the only column is " + quote(only_column) + ": is the separator " +
                         (c == '\t' ? "the tab" : "'" + name + "'") + "?",
                     where,
                     c == ',' ? "Then add --task.format csv."
                              : "Then add --task.format csv --task.separator '" + name + "'.");
  }
}

Table parse_csv(std::string_view text, std::string name, std::optional<char> separator) {
  const std::optional<char> said = take_separator_line(text);
  return parse_delimited(text, std::move(name), separator ? *separator : said.value_or(','), true);
}

Table parse_tsv(std::string_view text, std::string name) {
  return parse_delimited(text, std::move(name), '\t', false);
}

}  // namespace trainbus::tasks
