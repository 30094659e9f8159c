// From what a user typed to an option's canonical text.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/host/option.hpp"
#include "core/io/error.hpp"
#include "core/io/number_text.hpp"

namespace trainbus {
namespace {

bool bounded(const Option& option) { return option.min <= option.max; }

// A bound that restricts nothing.
bool is_no_bound(double bound) { return std::abs(bound) >= std::numeric_limits<double>::max(); }

std::string expected(const Option& option) {
  if (option.type == "bool") return "yes or no";
  if (option.type == "choice") {
    std::string list = "one of ";
    for (const std::string& choice : option.choices)
      list += (&choice == option.choices.data() ? "" : ", ") + choice;
    return list;
  }
  std::string what = "a number";
  if (option.type == "int") what = "a whole number";
  if (option.type == "duration") what = "a duration like 250ms, 30s, 5m or 2h";
  if (!bounded(option)) return what;
  const std::string unit = option.type == "duration" ? "s" : "";
  if (is_no_bound(option.max)) return what + " of at least " + shortest_text(option.min) + unit;
  if (is_no_bound(option.min)) return what + " of at most " + shortest_text(option.max) + unit;
  return what + " from " + shortest_text(option.min) + unit + " to " + shortest_text(option.max) +
         unit;
}

[[noreturn]] void refuse(const Option& option, std::string_view text, std::string_view where) {
  std::string remedy;
  if (option.type == "choice") remedy = did_you_mean(text, option.choices);
  throw UsageError("found '" + std::string(text) + "', expected " + expected(option), where,
                   remedy);
}

std::optional<bool> bool_from(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (text == no) return false;
  return std::nullopt;
}

// Seconds; a number without a unit is seconds.
std::optional<double> duration_from(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units = {
      {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};
  for (const auto& [suffix, seconds] : units) {
    if (!text.ends_with(suffix)) continue;
    const auto count = number_from<double>(text.substr(0, text.size() - suffix.size()));
    if (!count) return std::nullopt;
    // Dividing by 1000 rounds once; multiplying by the inexact 0.001 would show 0.25 as 0.250000…1.
    return suffix == "ms" ? *count / 1000 : *count * seconds;
  }
  return number_from<double>(text);
}

bool allowed(const Option& option, double value) {
  if (std::isnan(value)) return false;
  if (bounded(option)) return value >= option.min && value <= option.max;
  return std::isfinite(value);  // infinity only where a declared range includes it
}

std::string canonical_one(const Option& option, std::string_view text, std::string_view where) {
  if (option.type == "text" || option.type == "path") {
    // Values end up in C strings of plugins, where a NUL would silently cut them.
    if (text.find('\0') != std::string_view::npos)
      throw UsageError("the value contains a NUL byte", where, "Remove it.");
    return std::string(text);
  }
  if (option.type == "bool") {
    if (const auto value = bool_from(text)) return *value ? "true" : "false";
  } else if (option.type == "int") {
    const auto value = number_from<std::int64_t>(text);
    if (value && allowed(option, static_cast<double>(*value))) return shortest_text(*value);
  } else if (option.type == "real" || option.type == "duration") {
    const auto value = option.type == "real" ? number_from<double>(text) : duration_from(text);
    if (value && allowed(option, *value)) return shortest_text(*value);
  } else if (option.type == "choice") {
    if (std::ranges::count(option.choices, text)) return std::string(text);
  } else {
    throw PluginError("the schema's type '" + option.type + "' is unknown", where,
                      "Use bool, int, real, text, path, choice or duration.");
  }
  refuse(option, text, where);
}

}  // namespace

std::string canonical(const Option& option, std::string_view text, std::string_view where) {
  if (!(option.flags & TB_OPTION_REPEATABLE)) return canonical_one(option, text, where);
  std::string result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) result += '\n';
    result += canonical_one(option, text.substr(begin, end - begin), where);
    begin = end + 1;
  }
  return result;
}

}  // namespace trainbus
