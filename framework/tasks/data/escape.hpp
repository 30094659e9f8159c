// Backslash escapes in option values such as templates and label words.
#pragma once

#include <cstddef>
#include <string_view>

namespace trainbus::tasks {

// The character that the escape at text[at], a backslash, denotes; moves at to the escape's last
// character. \n and \t are line break and tab; the characters of `literal` and the backslash denote
// themselves. Throws UsageError, naming the option `where`, for any other.
char read_escape(std::string_view text, std::size_t& at, std::string_view literal,
                 std::string_view where);

}  // namespace trainbus::tasks
