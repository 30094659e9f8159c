// Converts an option's value, as a user types it, to the form that a host passes to the plugin.
#pragma once

#include <trainbus/plugin.h>

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace trainbus::testing {
namespace option_text {

inline bool read_number(std::string_view text, double& value) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

inline std::string shortest(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

inline std::string canonical_bool(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (text == yes) return "true";
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (text == no) return "false";
  return std::string(text);
}

// In seconds.
inline std::string canonical_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    double factor, divisor;
  };
  double value = 0;
  for (const Unit& unit : {Unit{"ms", 1, 1000}, {"s", 1, 1}, {"m", 60, 1}, {"h", 3600, 1}})
    if (text.ends_with(unit.suffix))
      return read_number(text.substr(0, text.size() - unit.suffix.size()), value)
                 ? shortest(value * unit.factor / unit.divisor)
                 : std::string(text);
  return read_number(text, value) ? shortest(value) : std::string(text);
}

}  // namespace option_text

// bool: true or false; duration: seconds; real: the shortest digits. A value that is not of the
// type is unchanged: a host would have refused it.
inline std::string canonical_option(const tb_option& option, std::string_view text) {
  const std::string_view type = option.type;
  double value = 0;
  if (type == "bool") return option_text::canonical_bool(text);
  if (type == "duration") return option_text::canonical_duration(text);
  if (type == "real" && option_text::read_number(text, value)) return option_text::shortest(value);
  return std::string(text);
}

}  // namespace trainbus::testing
