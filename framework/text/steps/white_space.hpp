// White space (the Unicode property) at the ends of text that is valid UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace trainbus {

// The length in bytes of the run that the text begins or ends with.
std::size_t leading_white_space(std::string_view text);
std::size_t trailing_white_space(std::string_view text);

}  // namespace trainbus
