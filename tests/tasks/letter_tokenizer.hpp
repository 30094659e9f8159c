// Small tokenizers for tests.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace trainbus::testing {

// One token a byte.
inline std::vector<std::int32_t> bytes_as_tokens(std::string_view text) {
  std::vector<std::int32_t> ids;
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}

// One token for each run of letters together with the blank before it, as in GPT-2; others alone.
// The id is a hash of the token's text.
inline std::vector<std::int32_t> words_as_tokens(std::string_view text) {
  const auto letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  std::vector<std::int32_t> ids;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (letter(text[at]) || (text[at] == ' ' && end < text.size() && letter(text[end])))
      while (end < text.size() && letter(text[end])) ++end;
    std::uint32_t id = 0;
    for (const char c : text.substr(at, end - at)) id = id * 31 + static_cast<unsigned char>(c);
    ids.push_back(static_cast<std::int32_t>(id & 0x7FFFFFFF));
    at = end;
  }
  return ids;
}

}  // namespace trainbus::testing
