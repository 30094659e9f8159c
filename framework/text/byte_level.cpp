#include "text/byte_level.hpp"

#include <array>
#include <cstdint>

namespace trainbus {
namespace {

constexpr bool printable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// Printable Latin-1 stands for itself; the others take U+0100, U+0101, … in order.
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
  for (const char c : bytes) {
    const unsigned code = alphabet[static_cast<unsigned char>(c)];
    if (code < 0x80) {
      token += static_cast<char>(code);
    } else {
      token += static_cast<char>(0xC0 | code >> 6);
      token += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return token;
}

std::optional<std::string> from_byte_level(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size();) {
    unsigned code = static_cast<unsigned char>(token[i++]);
    if (code >= 0x80) {  // the alphabet's other characters take two bytes
      if ((code & 0xE0) != 0xC0 || i == token.size() || (token[i] & 0xC0) != 0x80)
        return std::nullopt;
      code = (code & 0x1F) << 6 | (static_cast<unsigned char>(token[i++]) & 0x3F);
    }
    if (code >= alphabet_end || inverse[code] < 0) return std::nullopt;
    bytes += static_cast<char>(inverse[code]);
  }
  return bytes;
}

}  // namespace trainbus
