// Text operations as Python's str has them, for rules that were published as Python: white space,
// case, words. Texts are UTF-8; a part that is no valid character counts as U+FFFD. Unicode
// properties are those of utf8proc's tables; characters that later versions of Unicode added
// differ.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::unicode {

// str.isspace of one character: the property White_Space, and the separators U+001C to U+001F.
TRAINBUS_EXPORT bool is_space(char32_t c);
// What \w of Python's re matches: letters, numbers of all kinds, the underscore; no marks.
TRAINBUS_EXPORT bool is_word(char32_t c);

// str.lstrip, str.rstrip and both; views of the text.
TRAINBUS_EXPORT std::string_view left_stripped(std::string_view text);
TRAINBUS_EXPORT std::string_view right_stripped(std::string_view text);
TRAINBUS_EXPORT std::string_view stripped(std::string_view text);

// str.lower: "İ" becomes two characters, a Σ at the end of a word ς (Unicode, SpecialCasing.txt).
TRAINBUS_EXPORT std::string lower(std::string_view text);
// str.upper of the first character ("ß" becomes "SS"), the rest as it is.
TRAINBUS_EXPORT std::string upper_first(std::string_view text);

TRAINBUS_EXPORT std::u32string decoded(std::string_view text);
TRAINBUS_EXPORT std::string encoded(std::u32string_view text);

}  // namespace trainbus::unicode
