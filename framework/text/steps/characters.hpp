// Unicode properties of characters, from utf8proc's tables. Internal to the tokenizer's steps.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/io/utf8.hpp"

namespace trainbus {

bool is_white_space(char32_t c);  // the property White_Space
bool is_numeric(char32_t c);      // general categories Nd, Nl, No
bool is_mark(char32_t c);         // Mn, Mc, Me
bool is_nonspacing_mark(char32_t c);
// P*, and all of ASCII that is neither letter, digit, blank nor control, "$" and "^" too.
bool is_punctuation(char32_t c);
bool is_letter(char32_t c);  // L*
// The properties Cased and, but for the marks inside words such as the apostrophe, Case_Ignorable.
bool is_cased(char32_t c);
bool is_case_ignorable(char32_t c);
bool is_control(char32_t c);  // Cc, Cf, Co
// What \w matches: letters, marks, decimal digits, connecting punctuation, join controls.
bool is_word_character(char32_t c);
// The lower case of one character by itself: two characters for U+0130, else one.
std::u32string_view lower_case(char32_t c, char32_t (&room)[2]);
// The upper case of one character, where that is one character.
char32_t upper_case(char32_t c);

// Calls visit(character, begin, end) for each character of valid UTF-8.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Part part = utf8_front(text.substr(i));
    visit(part.code, i, i + part.bytes);
    i += part.bytes;
  }
}

}  // namespace trainbus
