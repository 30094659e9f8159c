// An option's schema. The host parses, checks the range, prints help and suggests on a typo; the
// plugin reads the checked value from its Host.
#pragma once

#include <trainbus/plugin.h>
#include <trainbus/plugin/option_schema.hpp>

#include <cstdint>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {

// For a plugin's `static constexpr trainbus::Option options[]`:
//
//     trainbus::option::path("path", "run.jsonl", "file to write"),
//     trainbus::option::choice("side", "plus", "losses to follow", {"plus", "minus", "both"}),
//     trainbus::option::integer("every", "1", "steps between rows").min(1),
//
// or as an aggregate, {"path", "path", "run.jsonl", "file to write"}.
struct Option {
  static constexpr int max_choices = option::Schema::max_choices;

  const char* name;      // kebab-case
  const char* type;      // bool | int | real | text | path | choice | duration
  const char* fallback;  // default, as it would be typed; durations as 250ms, 30s, 5m, 2h
  const char* help;      // one line, no full stop
  const char* choices[max_choices + 1] = {};  // of a choice; the rest stays null
  double min = 1, max = 0;  // the closed range of int, real, duration; min > max: none
  std::uint32_t flags = 0;  // TB_OPTION_…
};

namespace detail {

constexpr bool is_option_type(std::string_view type) {
  for (std::string_view known : {"bool", "int", "real", "text", "path", "choice", "duration"})
    if (type == known) return true;
  return false;
}

constexpr bool is_kebab_case(std::string_view name) {
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  return !name.empty();
}

constexpr bool is_among(std::string_view text, const char* const* choices) {
  for (; *choices; ++choices)
    if (text == *choices) return true;
  return false;
}

// Compile-time checks of a schema.
constexpr bool is_well_formed(const Option& option) {
  if (!option.name || !option.type || !option.fallback || !option.help) return false;
  if (!is_kebab_case(option.name) || !is_option_type(option.type)) return false;
  if (option.choices[Option::max_choices] != nullptr) return false;
  const bool required = option.flags & TB_OPTION_REQUIRED;
  if (std::string_view(option.type) == "choice")
    return required || is_among(option.fallback, option.choices);
  return option.choices[0] == nullptr;
}

constexpr tb_option lower(const Option& option) {
  return {.size = sizeof(tb_option),
          .flags = option.flags,
          .name = option.name,
          .type = option.type,
          .fallback = option.fallback,
          .help = option.help,
          .min = option.min,
          .max = option.max,
          .choices = option.choices[0] ? option.choices : nullptr};
}

}  // namespace detail
}  // namespace plugin_v1
}  // namespace trainbus
