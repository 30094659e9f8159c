#include "number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace trainbus::progress {
namespace {

std::string text_of(double value, std::chars_format format, int precision) {
  if (std::isnan(value)) return "nan";
  std::array<char, 400> buffer;  // fixed notation of the largest double takes 309 digits
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision).ptr;
  return {buffer.data(), end};
}

std::string two_digits(std::uint64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

}  // namespace

std::string fixed(double value, int decimals, std::size_t width) {
  std::string text = text_of(value, std::chars_format::fixed, decimals);
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string scientific(double value, int decimals) {
  return text_of(value, std::chars_format::scientific, decimals);
}

std::string format_interval(double seconds) {
  if (!(std::abs(seconds) < 1e15)) return "?";
  const auto total = static_cast<std::uint64_t>(std::abs(seconds));
  const std::uint64_t hours = total / 3600;
  return (seconds < 0 ? "-" : "") + (hours ? std::to_string(hours) + ":" : "") +
         two_digits(total / 60 % 60) + ":" + two_digits(total % 60);
}

std::string format_sizeof(double value) {
  for (const char* prefix : {"", "k", "M", "G", "T", "P", "E", "Z"}) {
    const double size = std::abs(value);
    if (size < 999.5) return fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + prefix;
    value /= 1000;
  }
  return fixed(value, 1) + "Y";
}

std::string format_num(double value, std::string_view plain) {
  std::string text = text_of(value, std::chars_format::general, 3);
  if (const auto e = text.find('e'); e != text.npos && text[e + 2] == '0') text.erase(e + 2, 1);
  return text.size() < plain.size() ? text : std::string(plain);
}

}  // namespace trainbus::progress
