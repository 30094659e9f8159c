#include "report/data.hpp"

namespace trainbus::report {
namespace {

// How many bytes of text are one well-formed UTF-8 character; 0: none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return !overlong && !surrogate && follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    return !overlong && !too_large && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// In JSON these stand in strings only, where the escape means the same.
std::string_view escape_of(std::string_view character) {
  if (character == "<") return "\\u003c";
  if (character == ">") return "\\u003e";
  if (character == "&") return "\\u0026";
  if (character == "\xE2\x80\xA8") return "\\u2028";
  if (character == "\xE2\x80\xA9") return "\\u2029";
  return character;
}

}  // namespace

std::string safe_in_html(std::string_view json_text) {
  std::string result;
  result.reserve(json_text.size() + json_text.size() / 16);
  while (!json_text.empty()) {
    const std::size_t length = character_length(json_text);
    if (length == 0)
      result += "\xEF\xBF\xBD";
    else
      result += escape_of(json_text.substr(0, length));
    json_text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

}  // namespace trainbus::report
