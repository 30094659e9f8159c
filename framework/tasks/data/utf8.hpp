// Checks that bytes are UTF-8 before anybody relies on it.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::tasks {

// Offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7: no
// overlong forms, no surrogates, nothing above U+10FFFF), or npos.
TRAINBUS_EXPORT std::size_t find_invalid_utf8(std::string_view text);

// Whether a character begins at this offset: false inside a multi-byte character.
inline bool is_utf8_boundary(std::string_view text, std::size_t offset) {
  return offset >= text.size() || (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
}

}  // namespace trainbus::tasks
