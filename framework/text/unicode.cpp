#include "text/unicode.hpp"

#include <algorithm>
#include <iterator>

#include "core/io/utf8.hpp"
#include "text/long_upper_cases.hpp"
#include "text/steps/characters.hpp"

namespace trainbus::unicode {
namespace {

constexpr char32_t capital_sigma = 0x3A3, final_sigma = 0x3C2;

// Calls visit(character) for each, U+FFFD for what is none.
template <class Visit>
void each(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const Utf8Part part = utf8_front(text);
    visit(part.code);
    text.remove_prefix(part.bytes);
  }
}

// The word breaks MidLetter, MidNumLet and Single_Quote, which case ignores like marks.
bool is_in_words(char32_t c) {
  static constexpr char32_t marks[] = {'\'',   '.',    ':',    0xB7,   0x387,  0x55F,
                                       0x5F4,  0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                       0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
  return std::find(std::begin(marks), std::end(marks), c) != std::end(marks);
}

// Whether a Σ at text[at] ends a word: a cased letter is before it and none behind it, characters
// that case ignores left out (Unicode, section 3.13, Final_Sigma).
bool ends_a_word(std::u32string_view text, std::size_t at) {
  const auto ignored = [](char32_t c) { return is_in_words(c) || is_case_ignorable(c); };
  std::size_t before = at;
  while (before > 0 && ignored(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t behind = at + 1;
  while (behind < text.size() && ignored(text[behind])) ++behind;
  return behind == text.size() || !is_cased(text[behind]);
}

}  // namespace

bool is_space(char32_t c) { return is_white_space(c) || (c >= 0x1C && c <= 0x1F); }
bool is_word(char32_t c) { return c == '_' || is_letter(c) || is_numeric(c); }

std::string_view left_stripped(std::string_view text) {
  while (!text.empty()) {
    const Utf8Part part = utf8_front(text);
    if (!is_space(part.code)) break;
    text.remove_prefix(part.bytes);
  }
  return text;
}

std::string_view right_stripped(std::string_view text) {
  std::size_t end = 0, at = 0;
  while (at < text.size()) {
    const Utf8Part part = utf8_front(text.substr(at));
    at += part.bytes;
    if (!is_space(part.code)) end = at;
  }
  return text.substr(0, end);
}

std::string_view stripped(std::string_view text) { return left_stripped(right_stripped(text)); }

std::string lower(std::string_view text) {
  const std::u32string characters = decoded(text);
  std::u32string out;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    char32_t room[2];
    if (characters[i] == capital_sigma && ends_a_word(characters, i))
      out += final_sigma;
    else
      out += lower_case(characters[i], room);
  }
  return encoded(out);
}

std::string upper_first(std::string_view text) {
  if (text.empty()) return {};
  const Utf8Part first = utf8_front(text);
  const auto found = std::find_if(std::begin(long_upper_cases), std::end(long_upper_cases),
                                  [&](const auto& one) { return one.character == first.code; });
  std::u32string upper;
  if (found != std::end(long_upper_cases))
    upper.assign(found->upper.begin(), found->upper.end());
  else
    upper = upper_case(first.code);
  return encoded(upper) + std::string(text.substr(first.bytes));
}

std::u32string decoded(std::string_view text) {
  std::u32string out;
  each(text, [&](char32_t c) { out += c; });
  return out;
}

std::string encoded(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

}  // namespace trainbus::unicode
