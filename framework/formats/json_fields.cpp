#include "formats/json_fields.hpp"

#include <boost/json/serialize.hpp>
#include <cmath>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace json = boost::json;

std::string json_excerpt(const json::value& value) {
  constexpr std::size_t longest = 80;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list of " + std::to_string(value.get_array().size());
  std::string text = json::serialize(value);
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}

JsonFields::JsonFields(const json::value& value, std::string where, std::string path)
    : object_(value.if_object()), where_(std::move(where)), path_(std::move(path)) {
  if (object_ != nullptr) return;
  const std::string name =
      path_.empty() ? "the document" : "\"" + path_.substr(0, path_.size() - 1) + "\"";
  throw UsageError(name + " is " + json_excerpt(value) + ", expected an object", where_,
                   "Correct the file.");
}

const json::value* JsonFields::find(std::string_view key) const {
  const json::value* value = object_->if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonFields::refuse(std::string_view key, std::string_view expected,
                        std::string_view remedy) const {
  const json::value* value = find(key);
  throw UsageError("\"" + path_ + std::string(key) + "\" is " +
                       (value == nullptr ? "missing" : json_excerpt(*value)) + ", expected " +
                       std::string(expected),
                   where_, remedy);
}

std::string JsonFields::text(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr || !value->is_string()) refuse(key, "a string");
  return std::string(value->get_string());
}

std::string JsonFields::text(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}

std::int64_t JsonFields::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  const json::value* value = find(key);
  std::optional<std::int64_t> number;
  if (value != nullptr && value->is_int64()) number = value->get_int64();
  // Some writers write 256.0; above 2^53 a double does not hold every integer.
  constexpr double exact = 9007199254740992.0;
  if (value != nullptr && value->is_double())
    if (const double real = value->get_double(); std::abs(real) <= exact && real == std::rint(real))
      number = static_cast<std::int64_t>(real);
  if (!number || *number < min || *number > max)
    refuse(key, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return *number;
}

std::int64_t JsonFields::integer(std::string_view key, std::int64_t min, std::int64_t max,
                                 std::int64_t fallback) const {
  return has(key) ? integer(key, min, max) : fallback;
}

double JsonFields::number(std::string_view key, double fallback) const {
  const json::value* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_number()) refuse(key, "a number");
  return value->to_number<double>();
}

bool JsonFields::flag(std::string_view key, bool fallback) const {
  const json::value* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) refuse(key, "true or false");
  return value->get_bool();
}

JsonFields JsonFields::object(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) refuse(key, "an object");
  return JsonFields(*value, where_, path_ + std::string(key) + ".");
}

const json::array& JsonFields::array(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr || !value->is_array()) refuse(key, "a list");
  return value->get_array();
}

}  // namespace trainbus
