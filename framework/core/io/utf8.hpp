// Checks and repairs UTF-8 at the program's border, so that the rest can rely on it. The SDK's
// functions decode characters; this header includes them.
#pragma once

#include <trainbus/plugin/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Offset of the first byte that is not part of a valid character, or npos.
TRAINBUS_EXPORT std::size_t find_invalid_utf8(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return find_invalid_utf8(text) == std::string_view::npos;
}

// The text with U+FFFD in place of each part that is not valid (see utf8_front).
TRAINBUS_EXPORT std::string replace_invalid_utf8(std::string_view text);

}  // namespace trainbus
