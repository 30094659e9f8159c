// Numbers as text, for sinks that write text: independent of the locale, no allocation.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>

namespace trainbus {
inline namespace plugin_v1 {

template <std::integral T>
void append_number(std::string& out, T value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// The shortest text that reads back as the same number: nan, inf and -inf if it is not finite;
// whole numbers up to 2^53 without an exponent. A fraction that a float32 holds gets the digits of
// that float32 (2.3456, not 2.345599889755249): read as float32 it is the same to the last bit.
inline void append_number(std::string& out, double value) {
  if (value != value) {
    out += "nan";  // to_chars would show the sign of a NaN
    return;
  }
  const bool small = value > -0x1p53 && value < 0x1p53;
  const bool minus_zero = value == 0 && 1 / value < 0;
  if (small && !minus_zero && static_cast<double>(static_cast<std::int64_t>(value)) == value)
    return append_number(out, static_cast<std::int64_t>(value));

  char digits[32];
  char* const end = digits + sizeof digits;
  // From 2^24 on every float32 is a whole number, whose last digits count.
  const bool fraction = value > -0x1p24 && value < 0x1p24;
  if (const float narrow = fraction ? static_cast<float>(value) : 0;
      fraction && static_cast<double>(narrow) == value)
    out.append(digits, std::to_chars(digits, end, narrow).ptr);
  else
    out.append(digits, std::to_chars(digits, end, value).ptr);
}

// A time in seconds with six decimals, from integers: a double cannot hold them for Unix time.
inline void append_seconds(std::string& out, std::int64_t ns) {
  const std::int64_t micros = ns % 1'000'000'000 / 1000;
  append_number(out, ns / 1'000'000'000);
  out += '.';
  for (std::int64_t unit = 100'000; unit > 0; unit /= 10)
    out += static_cast<char>('0' + micros / unit % 10);
}

}  // namespace plugin_v1
}  // namespace trainbus
