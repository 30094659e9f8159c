// Access to JSON with optional content: a missing value and one of another type are both none.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace trainbus::report {

inline std::string text_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline std::optional<double> number_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

inline const boost::json::object* object_at(const boost::json::object& object,
                                            std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

inline const boost::json::array* array_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

// Options in run.json: {"lr": {"value": 1e-6, "source": "default"}, …}.
inline const boost::json::value* option_at(const boost::json::object* options,
                                           std::string_view name) {
  const auto* option = options ? object_at(*options, name) : nullptr;
  return option ? option->if_contains("value") : nullptr;
}

}  // namespace trainbus::report
