#include "recovery.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "fields.hpp"

namespace {

constexpr std::uint64_t block_bytes = 1 << 20;

std::uint64_t smaller(std::uint64_t a, std::uint64_t b) { return a < b ? a : b; }

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_number(std::string_view text) {
  double value = 0;
  return text.empty() || parse(text, value);
}

// Adds one row; false if the table ends before it.
bool keep_row(std::string_view line, std::uint64_t initial_step, std::uint32_t attempt,
              Found& found) {
  const auto fields = split_row(line);
  std::uint64_t step = 0;
  std::uint32_t row_attempt = 0;
  if (fields.size() != fixed_column_count + found.columns.size()) return false;
  if (!parse(fields[0], step) || !parse(fields[3], row_attempt)) return false;
  if (!std::ranges::all_of(fields, is_number)) return false;
  if (row_attempt < attempt && step > initial_step) return false;
  if (step != found.last_step) found.at_last_step.clear();
  found.last_step = step;
  for (std::size_t i = 0; i < found.columns.size(); ++i)
    if (!fields[fixed_column_count + i].empty()) found.at_last_step.push_back(found.columns[i]);
  return true;
}

}  // namespace

Found examine(const trainbus::LineFile& lines, std::uint64_t initial_step, std::uint32_t attempt) {
  Found found;
  const std::uint64_t length = lines.length();
  Record header = first_record(lines.read(0, smaller(length, block_bytes)));
  if (header.fields.size() < fixed_column_count) return found;
  found.header_bytes = found.keep = header.bytes;
  found.columns.assign(header.fields.begin() + fixed_column_count, header.fields.end());

  std::string text;  // from found.keep on
  for (std::uint64_t at = found.keep; at < length;) {
    text += lines.read(at, smaller(length - at, block_bytes));
    at = found.keep + text.size();
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
      if (!keep_row(std::string_view(text).substr(begin, end - begin), initial_step, attempt,
                    found)) {
        found.keep += begin;
        return found;
      }
    }
    text.erase(0, begin);
    found.keep += begin;
  }
  return found;
}

std::string widened(std::string_view table, std::string_view header, std::string_view padding) {
  std::string wide(header);
  wide += '\n';
  table.remove_prefix(first_record(table).bytes);
  for (std::size_t end; (end = table.find('\n')) != table.npos; table.remove_prefix(end + 1)) {
    wide += table.substr(0, end);
    wide += padding;
    wide += '\n';
  }
  return wide;
}

std::string with_suffix(std::string_view path, std::string_view suffix) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const std::size_t name = slash == path.npos ? 0 : slash + 1;
  const std::size_t end = dot == path.npos || dot <= name ? path.size() : dot;
  return std::string(path.substr(0, end)).append(suffix).append(path.substr(end));
}
