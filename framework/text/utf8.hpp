// UTF-8 at the border: everything behind it may rely on valid text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The text with each ill-formed part replaced by U+FFFD, one for each maximal subpart (Unicode 15,
// chapter 3, table 3-8), as Python's errors="replace" and Rust's from_utf8_lossy do.
TRAINBUS_EXPORT std::string replace_invalid_utf8(std::string_view text);

// Length in bytes of the character that begins at position. The text must be valid.
std::size_t utf8_length(std::string_view text, std::size_t position);

// Length of the run of white space (the Unicode property) that begins or ends valid text.
std::size_t leading_white_space(std::string_view text);
std::size_t trailing_white_space(std::string_view text);

}  // namespace trainbus
