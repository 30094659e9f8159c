#include "core/plan/shell_text.hpp"

#include <algorithm>

namespace trainbus {
namespace {

// Bytes above 127 are parts of UTF-8 characters, which mean nothing to a shell.
bool is_plain(unsigned char c) {
  return c >= 128 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("/._-+,:@%").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

std::string shell_text(std::string_view word) {
  if (!word.empty() &&
      std::ranges::all_of(word, [](char c) { return is_plain(static_cast<unsigned char>(c)); }))
    return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

}  // namespace trainbus
