#include "tasks/data/json_lines.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/io/error.hpp"
#include "tasks/data/wording.hpp"

namespace trainbus::tasks {
namespace {

namespace json = boost::json;
using json::error_code;
using std::string_view;

// Collects the keys and the text of the values of one flat object: Boost.JSON calls it as it
// parses. (A parsed value would have lost how a number was written.)
struct FlatObject {
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  std::vector<std::string> keys, values;
  std::string partial;
  std::string refusal;  // why it is not one
  bool inside = false;

  bool refuse(string_view why, error_code& ec) {
    refusal = why;
    ec = json::error::exception;
    return false;
  }
  bool part(string_view text) {
    partial += text;
    return true;
  }
  bool value(string_view text, error_code& ec) {
    if (!inside) return refuse("the line is not a JSON object", ec);
    values.push_back(partial.append(text));
    partial.clear();
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) {
    if (inside) return refuse("the value of " + quote(keys.back()) + " is an object", ec);
    return inside = true;
  }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code& ec) {
    if (!inside) return refuse("the line is an array, not an object", ec);
    return refuse("the value of " + quote(keys.back()) + " is an array", ec);
  }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view text, std::size_t, error_code&) { return part(text); }
  bool on_key(string_view text, std::size_t, error_code&) {
    keys.push_back(partial.append(text));
    partial.clear();
    return true;
  }
  bool on_string_part(string_view text, std::size_t, error_code&) { return part(text); }
  bool on_string(string_view text, std::size_t, error_code& ec) { return value(text, ec); }
  bool on_number_part(string_view text, error_code&) { return part(text); }
  bool on_int64(std::int64_t, string_view text, error_code& ec) { return value(text, ec); }
  bool on_uint64(std::uint64_t, string_view text, error_code& ec) { return value(text, ec); }
  bool on_double(double, string_view text, error_code& ec) { return value(text, ec); }
  bool on_bool(bool yes, error_code& ec) { return value(yes ? "true" : "false", ec); }
  bool on_null(error_code& ec) { return value("", ec); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

constexpr string_view remedy = "Write one flat object a line: {\"text\": \"…\", \"label\": \"…\"}.";

FlatObject parse_object(string_view line, const std::string& where) {
  json::basic_parser<FlatObject> parser{json::parse_options{}};
  error_code ec;
  const std::size_t used = parser.write_some(false, line.data(), line.size(), ec);
  FlatObject& object = parser.handler();
  if (!object.refusal.empty()) throw UsageError(object.refusal, where, remedy);
  if (ec) throw UsageError("bad JSON (" + ec.message() + ")", where, remedy);
  if (used != line.size()) throw UsageError("text follows the JSON object", where, remedy);
  return std::move(object);
}

// The object's values in the table's order of columns.
std::vector<std::string> row_of(FlatObject object, const Table& table, const std::string& where) {
  const std::vector<std::string>& columns = table.columns();
  std::vector<std::optional<std::string>> found(columns.size());
  for (std::size_t i = 0; i < object.keys.size(); ++i) {
    const std::string& key = object.keys[i];
    const std::optional<std::size_t> column = table.find_column(key);
    if (!column)
      throw UsageError("the key " + quote(key) + " is not in the first object", where,
                       "All lines must have the same keys.");
    std::optional<std::string>& cell = found[*column];
    if (cell) throw UsageError("the key " + quote(key) + " stands twice", where, "Remove one.");
    cell = std::move(object.values[i]);
  }
  std::vector<std::string> row;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!found[i])
      throw UsageError("the key " + quote(columns[i]) + " of the first object is missing", where,
                       "All lines must have the same keys; null is an empty cell.");
    row.push_back(std::move(*found[i]));
  }
  return row;
}

}  // namespace

Table parse_json_lines(string_view text, std::string name) {
  std::optional<Table> table;
  std::uint64_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.empty()) continue;
    const std::string where = at_line(name, line_number);
    FlatObject object = parse_object(line, where);
    if (!table) table.emplace(name, object.keys, line_number);
    table->append(row_of(std::move(object), *table, where), line_number);
  }
  return table ? std::move(*table) : Table(std::move(name), {});
}

}  // namespace trainbus::tasks
