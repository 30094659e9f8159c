#include "core/io/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"

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
    return refuse("holds more values than any file of its kind needs", ec);
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

bool names_python_numbers(std::string_view text) {
  return text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Why a text is not a JSON document, and where.
struct Flaw {
  std::string what;
  std::size_t at;
};

std::string shown(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the end of the text";
  const Utf8Part part = utf8_front(text.substr(at));
  const auto byte = static_cast<unsigned char>(text[at]);
  if (part.valid && byte >= 0x20 && byte != 0x7F)
    return "'" + std::string(text.substr(at, part.bytes)) + "'";
  constexpr char digits[] = "0123456789ABCDEF";
  return std::string("the byte 0x") + digits[byte >> 4] + digits[byte & 15];
}

std::variant<json::value, Flaw> parse(std::string_view text, const JsonLimits& limits) {
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<StrictHandler> parser(options, limits.values);
  error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  StrictHandler& handler = parser.handler();
  if (!ec && read < text.size()) ec = json::error::extra_data;
  if (!ec) return handler.stack.release();
  if (!handler.reason.empty()) return Flaw{handler.reason, read};
  return Flaw{"is not valid JSON (" + ec.message() + ": found " + shown(text, read) + ")", read};
}

}  // namespace

std::string replace_python_numbers(std::string_view text, PythonNumbers by) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    std::string_view word;
    if (!in_string && (i == 0 || !is_word(text[i - 1])))
      for (const std::string_view name : {"NaN", "-Infinity", "Infinity"})
        if (rest.starts_with(name) && (rest.size() == name.size() || !is_word(rest[name.size()])))
          word = name;
    if (!word.empty() && by != PythonNumbers::Refused) {
      out += by == PythonNumbers::AsNull ? "null" : '"' + std::string(word) + '"';
      i += word.size();
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

json::value parse_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  std::string replaced;
  if (limits.python_numbers != PythonNumbers::Refused && names_python_numbers(text)) {
    replaced = replace_python_numbers(text, limits.python_numbers);
    text = replaced;
  }
  std::variant<json::value, Flaw> parsed = parse(text, limits);
  if (const Flaw* flaw = std::get_if<Flaw>(&parsed)) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(flaw->at), '\n');
    throw UsageError(
        flaw->what + " at byte " + std::to_string(flaw->at) + ", line " + std::to_string(line),
        where, "The file is damaged or was not made for this; get it again from its source.");
  }
  return std::get<json::value>(std::move(parsed));
}

std::optional<json::value> try_parse_json(std::string_view text, const JsonLimits& limits) try {
  return parse_json(text, "", limits);
} catch (const UsageError&) {
  return std::nullopt;
}

std::string json_excerpt(const json::value& value) {
  constexpr std::size_t longest = 80;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list of " + std::to_string(value.get_array().size());
  const std::string text = json::serialize(value);
  return text.size() <= longest ? text : text.substr(0, utf8_cut(text, longest)) + "…";
}

bool is_same_but_for_the_last_place(double a, double b) {
  constexpr double units = 8 * std::numeric_limits<double>::epsilon();
  return a == b || std::abs(a - b) <= units * std::abs(a);
}

JsonView JsonView::operator[](std::string_view key) const {
  const json::value* member = object_ ? object_->if_contains(key) : nullptr;
  return member ? JsonView(*member) : JsonView();
}

std::optional<std::string_view> JsonView::text() const {
  if (!value_ || !value_->is_string()) return std::nullopt;
  return std::string_view(value_->get_string());
}

std::optional<std::int64_t> JsonView::integer() const {
  if (!value_) return std::nullopt;
  if (value_->is_int64()) return value_->get_int64();
  const double* real = value_->if_double();
  constexpr double exact = 9007199254740992.0;
  if (!real || std::abs(*real) > exact || *real != std::rint(*real)) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<double> JsonView::real() const {
  if (!value_ || !value_->is_number()) return std::nullopt;
  return value_->to_number<double>();
}

std::optional<bool> JsonView::flag() const {
  if (!value_ || !value_->is_bool()) return std::nullopt;
  return value_->get_bool();
}

const json::object& JsonView::members() const {
  static const json::object none;
  return object_ ? *object_ : none;
}

const json::array& JsonView::elements() const {
  static const json::array none;
  return is_array() ? value_->get_array() : none;
}

}  // namespace trainbus
