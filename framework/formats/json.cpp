#include "formats/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Builds the value as Boost's own handler does, and refuses what that one accepts: duplicate keys,
// of which the last would win silently, and any number of values.
struct StrictHandler {
  static constexpr std::size_t max_object_size = -1;
  static constexpr std::size_t max_array_size = -1;
  static constexpr std::size_t max_key_size = -1;
  static constexpr std::size_t max_string_size = -1;

  explicit StrictHandler(std::size_t value_limit) : values_left(value_limit) {
    stack.reset(json::make_shared_resource<json::monotonic_resource>());
  }

  bool refuse(std::string why, error_code& ec) {
    reason = std::move(why);
    ec = json::error::syntax;
    return false;
  }
  bool count(error_code& ec) {
    if (values_left-- > 0) return true;
    values_left = 0;
    return refuse("holds more values than any model file needs", ec);
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    if (depth == keys.size()) keys.emplace_back();
    keys[depth++].clear();
    return true;
  }
  bool on_object_end(std::size_t size, error_code& ec) {
    --depth;
    stack.push_object(size);
    return count(ec);
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code& ec) {
    stack.push_array(size);
    return count(ec);
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    key.append(part.data(), part.size());
    stack.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    key.append(part.data(), part.size());
    stack.push_key(part);
    if (!keys[depth - 1].insert(key).second) return refuse("has the key \"" + key + "\" twice", ec);
    key.clear();
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    stack.push_string(part);
    return count(ec);
  }
  bool on_number_part(string_view part, error_code&) {
    number_text.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, string_view, error_code& ec) {
    number_text.clear();
    stack.push_int64(number);
    return count(ec);
  }
  bool on_uint64(std::uint64_t number, string_view, error_code& ec) {
    number_text.clear();
    stack.push_uint64(number);
    return count(ec);
  }
  // Boost 1.81 is off by up to one unit in the last place; the file's decimals are parsed exactly.
  bool on_double(double number, string_view part, error_code& ec) {
    number_text.append(part.data(), part.size());
    std::from_chars(number_text.data(), number_text.data() + number_text.size(), number);
    number_text.clear();
    stack.push_double(number);
    return count(ec);
  }
  bool on_bool(bool flag, error_code& ec) {
    stack.push_bool(flag);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    stack.push_null();
    return count(ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  json::value_stack stack;
  std::vector<std::unordered_set<std::string>> keys;  // seen so far, per open object
  std::size_t depth = 0;
  std::string key;
  std::string number_text;
  std::size_t values_left;
  std::string reason;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text with Python's NaN, Infinity and -Infinity in quotation marks.
std::string quote_python_numbers(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    std::size_t word = 0;
    if (!in_string && (i == 0 || !is_word(text[i - 1])))
      for (const std::string_view name : {"NaN", "-Infinity", "Infinity"})
        if (rest.starts_with(name) && (rest.size() == name.size() || !is_word(rest[name.size()])))
          word = name.size();
    if (word > 0) {
      out += '"' + std::string(rest.substr(0, word)) + '"';
      i += word;
      continue;
    }
    if (in_string && rest[0] == '\\' && rest.size() > 1)
      out += text[i++];
    else if (rest[0] == '"')
      in_string = !in_string;
    out += text[i++];
  }
  return out;
}

}  // namespace

json::value parse_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  if (limits.python_numbers && (text.find("NaN") != std::string_view::npos ||
                                text.find("Infinity") != std::string_view::npos)) {
    JsonLimits strict = limits;
    strict.python_numbers = false;
    return parse_json(quote_python_numbers(text), where, strict);
  }
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<StrictHandler> parser(options, limits.values);
  error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  StrictHandler& handler = parser.handler();
  if (!ec && read < text.size()) ec = json::error::extra_data;
  if (ec) {
    const std::string reason =
        handler.reason.empty() ? "is not valid JSON (" + ec.message() + ")" : handler.reason;
    throw UsageError(reason + " at byte " + std::to_string(read), where,
                     "The file is damaged or was not made for this; get it again from its source.");
  }
  return handler.stack.release();
}

}  // namespace trainbus
