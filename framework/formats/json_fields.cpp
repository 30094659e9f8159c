#include "formats/json_fields.hpp"

#include <cmath>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace json = boost::json;

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
  const auto found = JsonView(*object_)[key].text();
  if (!found) refuse(key, "a string");
  return std::string(*found);
}

std::string JsonFields::text(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}

std::int64_t JsonFields::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  const std::optional<std::int64_t> number = JsonView(*object_)[key].integer();
  if (!number || *number < min || *number > max)
    refuse(key, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return *number;
}

std::int64_t JsonFields::integer(std::string_view key, std::int64_t min, std::int64_t max,
                                 std::int64_t fallback) const {
  return has(key) ? integer(key, min, max) : fallback;
}

double JsonFields::number(std::string_view key, double fallback) const {
  if (!has(key)) return fallback;
  const std::optional<double> found = JsonView(*object_)[key].real();
  if (!found) refuse(key, "a number");
  if (!std::isfinite(*found)) refuse(key, "a finite number");
  return *found;
}

bool JsonFields::flag(std::string_view key, bool fallback) const {
  if (!has(key)) return fallback;
  const std::optional<bool> found = JsonView(*object_)[key].flag();
  if (!found) refuse(key, "true or false");
  return *found;
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
