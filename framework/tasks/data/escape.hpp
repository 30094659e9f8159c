// Backslash escapes in option values such as templates and label words.
#pragma once

#include <cstddef>
#include <string_view>

namespace trainbus::tasks {

// The character meant by the escape at text[at], which is a backslash; at is moved to its last
// character. \n and \t are line break and tab; each of `literal` and the backslash stand for
// themselves. Throws UsageError, naming the option `where`, for any other.
char read_escape(std::string_view text, std::size_t& at, std::string_view literal,
                 std::string_view where);

}  // namespace trainbus::tasks
