#include "text/utf8.hpp"

#include <array>

namespace trainbus {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Range {
  unsigned char low, high;
};

// How many bytes follow a lead byte, and what the first of them may be (Unicode 15, table 3-7).
struct Lead {
  std::size_t followers;
  Range second;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, {0x80, 0xBF}};
  if (byte == 0xE0) return {2, {0xA0, 0xBF}};
  if (byte == 0xED) return {2, {0x80, 0x9F}};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, {0x80, 0xBF}};
  if (byte == 0xF0) return {3, {0x90, 0xBF}};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, {0x80, 0xBF}};
  if (byte == 0xF4) return {3, {0x80, 0x8F}};
  return {0, {0, 0}};
}

struct Part {
  std::size_t length;
  bool valid;
};

// The character or the maximal ill-formed subpart at the front of text, which is not empty.
Part front(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {1, true};
  const Lead lead = lead_of(byte(0));
  if (lead.followers == 0) return {1, false};
  Range allowed = lead.second;
  for (std::size_t i = 1; i <= lead.followers; ++i) {
    if (i == text.size() || byte(i) < allowed.low || byte(i) > allowed.high) return {i, false};
    allowed = {0x80, 0xBF};
  }
  return {lead.followers + 1, true};
}

// The characters with property White_Space, in UTF-8.
constexpr std::array<std::string_view, 25> white_space = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

}  // namespace

std::string replace_invalid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const Part part = front(text);
    valid += part.valid ? text.substr(0, part.length) : replacement;
    text.remove_prefix(part.length);
  }
  return valid;
}

std::size_t utf8_length(std::string_view text, std::size_t position) {
  return front(text.substr(position)).length;
}

std::size_t leading_white_space(std::string_view text) {
  std::size_t length = 0;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view space : white_space)
      if (text.substr(length).starts_with(space)) {
        length += space.size();
        found = true;
      }
  }
  return length;
}

std::size_t trailing_white_space(std::string_view text) {
  std::size_t length = 0;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view space : white_space)
      if (text.substr(0, text.size() - length).ends_with(space)) {
        length += space.size();
        found = true;
      }
  }
  return length;
}

}  // namespace trainbus
