#include "report/words.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace trainbus::report {

std::string number_words(double value) {
  std::array<char, 64> buffer;
  const bool whole = std::isfinite(value) && value == std::floor(value) && std::abs(value) < 1e15;
  const auto [end, error] = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                  static_cast<long long>(value))
                                  : std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                  value, std::chars_format::general, 4);
  std::string text(buffer.data(), end);
  if (whole)
    for (int at = static_cast<int>(text.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
      text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string count_words(double count, const std::string& noun) {
  return number_words(count) + ' ' + noun + (count == 1 ? "" : "s");
}

}  // namespace trainbus::report
