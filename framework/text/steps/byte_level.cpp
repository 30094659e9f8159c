#include "text/steps/byte_level.hpp"

#include <array>
#include <cstdint>

#include "core/io/utf8.hpp"
#include "text/steps/characters.hpp"

namespace trainbus {
namespace {

constexpr bool printable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// Printable Latin-1 characters map to themselves; the other bytes to U+0100, U+0101, … in order.
constexpr std::array<std::uint16_t, 256> make_alphabet() {
  std::array<std::uint16_t, 256> alphabet{};
  std::uint16_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte)
    alphabet[byte] = printable(byte) ? static_cast<std::uint16_t>(byte) : next++;
  return alphabet;
}
constexpr std::array<std::uint16_t, 256> alphabet = make_alphabet();
constexpr unsigned alphabet_end = 0x100 + 68;

constexpr std::array<std::int16_t, alphabet_end> make_inverse() {
  std::array<std::int16_t, alphabet_end> inverse{};
  for (auto& byte : inverse) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte)
    inverse[alphabet[byte]] = static_cast<std::int16_t>(byte);
  return inverse;
}
constexpr std::array<std::int16_t, alphabet_end> inverse = make_inverse();

}  // namespace

std::string to_byte_level(std::string_view bytes) {
  std::string token;
  token.reserve(bytes.size() * 2);
  append_byte_level(token, bytes);
  return token;
}

void append_byte_level(std::string& out, std::string_view bytes) {
  for (const char c : bytes) append_utf8(out, alphabet[static_cast<unsigned char>(c)]);
}

void bytes_to_alphabet(AlignedText& text) {
  const std::string_view all = text.text();
  TextEditor editor(text);
  std::string letters;
  each_character(all, [&](char32_t, std::size_t begin, std::size_t end) {
    letters.clear();
    append_byte_level(letters, all.substr(begin, end - begin));
    editor.replace(letters, end - begin);
  });
  editor.finish();
}

std::optional<std::string> from_byte_level(std::string_view token) {
  std::string bytes;
  while (!token.empty()) {
    const Utf8Part part = utf8_front(token);
    if (!part.valid || part.code >= alphabet_end || inverse[part.code] < 0) return std::nullopt;
    bytes += static_cast<char>(inverse[part.code]);
    token.remove_prefix(part.bytes);
  }
  return bytes;
}

}  // namespace trainbus
