// Converts numbers to text and back, exactly, in the C locale whatever the process's locale is.
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace trainbus {

// The whole text as a number, or none; one leading '+' is accepted.
template <class Number>
std::optional<Number> number_from(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The shortest text that reads back as the same number.
template <class Number>
std::string shortest_text(Number value) {
  std::array<char, 32> buffer;  // a double needs 24
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

}  // namespace trainbus
