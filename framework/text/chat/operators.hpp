// What templates compute with values.
#pragma once

#include <string>

#include "text/chat/value.hpp"

namespace trainbus::chat {

inline constexpr std::size_t most_characters = std::size_t{1} << 23,
                             most_items = std::size_t{1} << 22;

// +, -, *, /, //, %, **, ~, as Python and Jinja have them. Throws TemplateError for other types and
// for results that are too large.
Value combined(const std::string& sign, const Value& a, const Value& b);
// ==, !=, <, <=, >, >=, in, not in.
bool compares(const std::string& sign, const Value& a, const Value& b);
Value negated(const Value& value);

// text % values: %s, %r, %d, %i, %f and %%. Throws TemplateError for others, and for too few values
// or, unless they may stay unused, too many.
Text formatted(const Text& text, const Items& values, bool may_stay = false);
std::size_t find_text(std::u32string_view text, std::u32string_view part, std::size_t from = 0);
// Throws TemplateError if it is longer than most_characters.
Text checked(Text text);

}  // namespace trainbus::chat
