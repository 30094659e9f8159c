#include "table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <trainbus/plugin/display_width.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ostream>

#include "core/io/number_text.hpp"
#include "plugin_text.hpp"

namespace trainbus::cli {
namespace {

constexpr unsigned help_column = 30;

std::string value_name(const Option& option) {
  if (option.type == "bool") return "";
  if (option.type == "int") return " N";
  if (option.type == "real") return " X";
  if (option.type == "duration") return " TIME";
  if (option.type == "choice") return " CHOICE";
  return option.type == "path" ? " PATH" : " TEXT";
}

// Bools have several spellings in schemas; help shows one.
std::string shown_default(const Option& option) {
  if (option.type != "bool") return option.fallback;
  return canonical(option, option.fallback, option.name) == "true" ? "yes" : "no";
}

// The details after the help line: choices, range, default, required, repeatable.
std::string facts(const Option& option) {
  std::vector<std::string> result;
  if (!option.choices.empty()) result.push_back(joined(option.choices, " | "));
  // Ranges that only exclude negative or absurd numbers are not shown.
  if (option.min <= option.max && std::abs(option.max) <= 1e6 && option.max != 0)
    result.push_back(shortest_text(option.min) + " to " + shortest_text(option.max));
  if (option.flags & TB_OPTION_REQUIRED) result.push_back("required");
  if (option.flags & TB_OPTION_REPEATABLE) result.push_back("repeatable");
  if (!option.fallback.empty()) result.push_back("default " + shown_default(option));
  return result.empty() ? "" : " [" + joined(result, "; ") + "]";
}

}  // namespace

unsigned text_width() {
  constexpr unsigned least = 40, usual = 80, most = 100;
  unsigned width = usual;
  winsize size{};
  const char* columns = std::getenv("COLUMNS");
  if (const auto given = number_from<unsigned>(columns ? columns : ""))
    width = *given;
  else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    width = size.ws_col;
  return std::clamp(width, least, most);
}

std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                 std::string_view indent, std::vector<std::size_t> widths) {
  if (widths.empty()) widths = column_widths(rows);
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

std::string wrapped(std::string_view text, unsigned indent, unsigned width) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > indent && column + 1 + display_width(word) > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += display_width(word);
  }
  return result;
}

void print_options(std::ostream& out, const std::string& title, const std::string& prefix,
                   const std::vector<Option>& options, unsigned width) {
  out << title << '\n';
  for (const Option& option : options) {
    const std::string name =
        "  --" + (prefix.empty() ? "" : prefix + ".") + option.name + value_name(option);
    const std::size_t used = display_width(name);
    out << name;
    if (used + 2 > help_column)
      out << '\n' << std::string(help_column, ' ');
    else
      out << std::string(help_column - used, ' ');
    out << wrapped(option.help + facts(option), help_column, width) << '\n';
  }
  out << '\n';
}

}  // namespace trainbus::cli
