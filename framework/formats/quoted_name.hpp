// Names out of files, as messages show them. Internal to the readers.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "core/io/utf8.hpp"

namespace trainbus {

// In quotation marks, without control characters or invalid UTF-8, cut to a readable length.
inline std::string quoted_name(std::string_view name) {
  constexpr std::size_t longest = 100;
  std::string text = "\"";
  while (!name.empty() && text.size() < longest) {
    const Utf8Part part = utf8_front(name);
    const bool control = part.code < 0x20 || (part.code >= 0x7F && part.code < 0xA0);
    text += part.valid && !control ? std::string(name.substr(0, part.bytes)) : "?";
    name.remove_prefix(part.bytes);
  }
  return text + (name.empty() ? "\"" : "…\"");
}

inline bool is_plain_name(std::string_view name) {
  while (!name.empty()) {
    const Utf8Part part = utf8_front(name);
    if (!part.valid || part.code < 0x20 || part.code == 0x7F) return false;
    name.remove_prefix(part.bytes);
  }
  return true;
}

}  // namespace trainbus
