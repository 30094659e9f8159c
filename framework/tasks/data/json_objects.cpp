#include "tasks/data/json_objects.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

namespace json = boost::json;
using json::error_code;
using std::string_view;

// Collects the keys and the text of the values of one object: Boost.JSON's parser calls it.
// parse_json and Boost's stream_parser would not do: a parsed value has lost how a number was
// written, and a key that stands twice spoils its own column, not the file. An object among the
// values is a column that nobody can read, and its own values are columns "outer.inner". Of an
// array of chat messages it keeps roles and contents, of other arrays and objects only what they
// are.
struct RowReader {
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  std::vector<std::string> keys;
  std::vector<Cell> values;
  std::string partial;
  std::string refusal;            // why the text is not an object
  std::size_t depth = 0;          // of open arrays and objects
  std::size_t list_depth = 0;     // within an array that is a column's value; 0: not in one
  std::string outer;              // the key of the open object that is a row's value; or empty
  bool nested = false;            // whether one is open
  std::size_t message_depth = 0;  // within an object of a list that may be a message; 0: not in one
  std::string message_key;        // of the next value there
  std::optional<std::string> role, content;

  // Whether the next value is an element of an array that is a column's value.
  bool in_list() const { return list_depth > 0 && depth == list_depth; }
  // Whether the next value, or key, is a message's.
  bool in_message() const { return message_depth > 0 && depth == message_depth; }
  // Whether the next value, or key, is a column's.
  bool in_column() const { return depth == 1 || (depth == 2 && nested); }

  bool refuse(string_view why, error_code& ec) {
    refusal = why;
    ec = json::error::exception;
    return false;
  }
  bool part(string_view text) {
    if (in_column() || in_list() || in_message()) partial += text;
    return true;
  }
  bool value(string_view text, error_code& ec) {
    if (depth == 0) return refuse("the line is not a JSON object", ec);
    if (in_message()) set_message(partial.append(text));
    if (in_list() && holds_messages(values.back().text)) values.back().text.clear();
    if (in_list()) add_to_list(values.back().text, partial.append(text));
    if (in_column()) values.push_back({partial.append(text)});
    partial.clear();
    return true;
  }
  void set_message(std::optional<std::string> text) {
    if (message_key == "role") role = std::move(text);
    if (message_key == "content") content = std::move(text);
  }
  // An array is no element of a list of texts or messages; an object is one of messages.
  void begin_element(bool list) {
    std::string& text = values.back().text;
    if (text == empty_list()) text = empty_messages();
    if (list || !holds_messages(text)) text.clear();
    role = content = std::nullopt;
    message_depth = depth + 1;
  }
  void end_message() {
    message_depth = 0;
    std::string& text = values.back().text;
    if (!role || !content) text.clear();
    if (text.empty()) return;
    add_to_list(text, *role);
    add_to_list(text, *content);
  }
  bool begin(Cell::Kind kind) {
    const bool list = kind == Cell::Kind::Array;
    if (in_message()) set_message(std::nullopt);
    if (in_list()) begin_element(list);
    if (in_column()) {
      values.push_back({list ? empty_list() : "", kind});
      if (list) list_depth = depth + 1;
      if (depth == 1 && !list) {
        nested = true;
        outer = keys.back() + '.';
      }
    }
    ++depth;
    return true;
  }
  bool end() {
    if (in_message()) end_message();
    --depth;
    if (depth < list_depth) list_depth = 0;
    if (depth == 1) nested = false;
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return begin(Cell::Kind::Object); }
  bool on_object_end(std::size_t, error_code&) { return end(); }
  bool on_array_begin(error_code& ec) {
    if (depth == 0) return refuse("the line is an array, not an object", ec);
    return begin(Cell::Kind::Array);
  }
  bool on_array_end(std::size_t, error_code&) { return end(); }
  bool on_key_part(string_view text, std::size_t, error_code&) { return part(text); }
  bool on_key(string_view text, std::size_t, error_code&) {
    if (!in_column() && !in_message()) return true;
    partial.append(text);
    if (in_message()) {
      message_key = std::exchange(partial, {});
      return true;
    }
    keys.push_back(depth == 2 ? outer + partial : partial);
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
  bool on_null(error_code& ec) {
    if (in_list()) values.back().text.clear();
    return in_list() || value("", ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

constexpr string_view remedy = "Write one flat object a line: {\"text\": \"…\", \"label\": \"…\"}.";

// The length of the object that text begins with; npos if it does not end.
std::size_t object_length(string_view text) {
  std::size_t depth = 0;
  bool inside = false;  // a string
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      inside = !inside;
    else if (!inside && text[i] == '{')
      ++depth;
    else if (!inside && text[i] == '}' && --depth == 0)
      return i + 1;
  }
  return string_view::npos;
}

JsonRow row_of(RowReader reader) {
  JsonRow row;
  for (std::size_t i = 0; i < reader.keys.size(); ++i) {
    const auto same = std::find(row.keys.begin(), row.keys.end(), reader.keys[i]);
    if (same != row.keys.end()) {
      row.values[static_cast<std::size_t>(same - row.keys.begin())] = {"", Cell::Kind::Twice};
      continue;
    }
    row.keys.push_back(std::move(reader.keys[i]));
    row.values.push_back(std::move(reader.values[i]));
  }
  return row;
}

JsonRow parse_object(string_view text, const std::string& where) {
  const auto parse = [&](string_view object, json::basic_parser<RowReader>& parser) {
    error_code ec;
    const std::size_t used = parser.write_some(false, object.data(), object.size(), ec);
    if (!ec && used != object.size())
      throw UsageError("text follows the JSON object", where, remedy);
    return ec;
  };
  json::parse_options options;
  options.max_depth = 500;
  json::basic_parser<RowReader> parser{options};
  const error_code ec = parse(text, parser);
  if (!parser.handler().refusal.empty()) throw UsageError(parser.handler().refusal, where, remedy);
  if (!ec) return row_of(std::move(parser.handler()));
  json::basic_parser<RowReader> second{options};
  if (const std::string without = replace_python_numbers(text, PythonNumbers::AsNull);
      without != text)
    if (!parse(without, second)) return row_of(std::move(second.handler()));
  throw UsageError("bad JSON (" + ec.message() + ")", where, remedy);
}

}  // namespace

JsonObjects::JsonObjects(string_view text, const std::string& name) : rest_(text), name_(name) {
  skip_blanks();
  if (rest_.starts_with('[')) {
    form_ = Form::Array;
    skip(1);
  } else if (rest_.starts_with('{')) {
    const std::size_t length = object_length(rest_);
    const std::size_t line_end = std::min(rest_.find('\n'), rest_.size());
    if (length != string_view::npos && length > line_end) form_ = Form::Spread;
  }
}

void JsonObjects::skip(std::size_t bytes) {
  const string_view skipped = rest_.substr(0, bytes);
  line_ += static_cast<std::uint64_t>(std::count(skipped.begin(), skipped.end(), '\n'));
  rest_.remove_prefix(skipped.size());
}

void JsonObjects::skip_blanks() {
  skip(std::min(rest_.find_first_not_of(" \t\r\n\v\f"), rest_.size()));
}

std::optional<JsonRow> JsonObjects::next_line() {
  while (!rest_.empty()) {
    const string_view line = trimmed(rest_.substr(0, rest_.find('\n')));
    const std::uint64_t number = line_;
    skip(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
    if (line.empty()) continue;
    JsonRow row = parse_object(line, at_line(name_, number));
    row.line = number;
    return row;
  }
  return std::nullopt;
}

// Goes to the next element of the array; false at the array's end.
bool JsonObjects::skip_to_element() {
  const auto refuse = [&](string_view what) {
    throw UsageError(what, at_line(name_, line_), "Write an array of objects: [{…}, {…}].");
  };
  const bool comma = rest_.starts_with(',');
  if (comma && !first_) skip(1);
  skip_blanks();
  if (rest_.starts_with(']') && (first_ || !comma)) {
    skip(1);
    skip_blanks();
    if (!rest_.empty()) refuse("text follows the JSON array");
    return false;
  }
  if (rest_.empty()) refuse("the JSON array is not closed");
  if (!first_ && !comma) refuse("bad JSON (a comma or ] is missing in the array)");
  if (!rest_.starts_with('{')) refuse("an element of the JSON array is not an object");
  return true;
}

std::optional<JsonRow> JsonObjects::next_object() {
  skip_blanks();
  if (form_ == Form::Array ? !skip_to_element() : rest_.empty()) return std::nullopt;
  first_ = false;
  const std::size_t length = std::min(object_length(rest_), rest_.size());
  JsonRow row = parse_object(rest_.substr(0, length), at_line(name_, line_));
  row.line = line_;
  skip(length);
  return row;
}

std::optional<JsonRow> JsonObjects::next() {
  return form_ == Form::Lines ? next_line() : next_object();
}

}  // namespace trainbus::tasks
