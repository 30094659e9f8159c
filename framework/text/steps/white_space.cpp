#include "text/steps/white_space.hpp"

#include <array>

namespace trainbus {
namespace {

// The characters with property White_Space, in UTF-8.
constexpr std::array<std::string_view, 25> white_space = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

}  // namespace

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
