// UTF-8: validation, decoding and encoding. The host uses the same functions. Only append_utf8
// allocates; no exceptions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {

inline constexpr std::string_view utf8_replacement = "\xEF\xBF\xBD";  // U+FFFD

// The beginning of a text: a character, or invalid bytes.
struct Utf8Part {
  std::size_t bytes = 0;
  bool valid = false;
  char32_t code = U'\uFFFD';  // the character; U+FFFD for invalid bytes
};

// The text must not be empty. Valid is what Unicode 15, table 3-7 allows: no overlong forms, no
// surrogates, nothing above U+10FFFF. An invalid part is a maximal subpart of a character (table
// 3-8), so that replacing each by one U+FFFD gives the same text as Python, Rust and browsers.
constexpr Utf8Part utf8_front(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true, lead};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;   // else overlong
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;  // else no code point
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    code = code << 6 | (byte(i) & 0x3Fu);
    low = 0x80, high = 0xBF;
  }
  return {length, true, code};
}

// Whether this offset of valid text is a border: a character begins there, or the text ends.
constexpr bool is_utf8_boundary(std::string_view text, std::size_t offset) noexcept {
  return offset >= text.size() || (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
}

// The length of the longest beginning of valid text that has at most `most` bytes and does not end
// inside a character.
constexpr std::size_t utf8_cut(std::string_view text, std::size_t most) noexcept {
  if (most >= text.size()) return text.size();
  while (most > 0 && !is_utf8_boundary(text, most)) --most;
  return most;
}

// U+FFFD for surrogates and numbers above U+10FFFF.
inline void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) code = U'\uFFFD';
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

}  // namespace plugin_v1
}  // namespace trainbus
