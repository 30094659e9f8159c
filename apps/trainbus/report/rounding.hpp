// Rounds numbers to the digits that a chart or a tooltip can show, which makes the page smaller.
#pragma once

#include <array>
#include <charconv>

namespace trainbus::report {

// To seven significant digits; whole numbers up to 2^53 stay as they are. The value must be finite.
inline double rounded(double value) {
  if (value ==
      static_cast<double>(static_cast<long long>(value > -9e15 && value < 9e15 ? value : 0)))
    return value;
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 7)
          .ptr;
  double result = value;
  std::from_chars(text.data(), end, result);
  return result;
}

}  // namespace trainbus::report
