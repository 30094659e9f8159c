// Finds values that look equal to a person and are not.
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/io/utf8.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

// Removes and returns the first character of UTF-8 text.
char32_t take_character(std::string_view& text) {
  const Utf8Part part = utf8_front(text);
  text.remove_prefix(part.bytes);
  return part.code;
}

bool is_blank(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

bool is_combining(char32_t c) { return c >= 0x300 && c <= 0x36F; }

std::u32string without_blanks(std::string_view text) {
  std::u32string characters;
  while (!text.empty())
    if (const char32_t c = take_character(text); !is_blank(c)) characters += c;
  return characters;
}

// Lower case for ASCII, and for the capitals of Latin-1, Greek and Cyrillic whose small letter is
// 32 code points higher.
std::u32string in_small_letters(std::u32string text) {
  for (char32_t& c : text)
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
      c += 32;
  return text;
}

// Whether the texts have the same number of characters, not counting combining marks, and differ
// only where one has an ASCII letter with marks and the other a letter beyond ASCII.
bool same_but_for_marks(std::u32string_view a, std::u32string_view b) {
  bool marks = false;
  while (!a.empty() && !b.empty()) {
    const bool marked_a = a.size() > 1 && is_combining(a[1]);
    const bool marked_b = b.size() > 1 && is_combining(b[1]);
    if (a[0] != b[0] && !(marked_a && b[0] > 0x7F) && !(marked_b && a[0] > 0x7F)) return false;
    marks = marks || marked_a || marked_b;
    for (std::u32string_view* text : {&a, &b}) {
      text->remove_prefix(1);
      while (!text->empty() && is_combining((*text)[0])) text->remove_prefix(1);
    }
  }
  return marks && a.empty() && b.empty();
}

// The text with non-ASCII characters as their code points.
std::string in_code_points(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = take_character(text);
    char digits[8];
    if (c < 0x80)
      out += static_cast<char>(c);
    else
      out += "<U+" +
             std::string(4 - std::min<std::size_t>(4, c < 0x100    ? 2
                                                      : c < 0x1000 ? 3
                                                                   : 4),
                         '0') +
             std::string(digits, std::to_chars(digits, digits + 8, std::uint32_t{c}, 16).ptr) + '>';
  }
  return out;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool says(std::string_view text, std::string_view word) {
  return in_small_letters(without_blanks(text)) == without_blanks(word);
}

bool same_bool(std::string_view a, std::string_view b) {
  return (says(a, "true") && b == "1") || (says(a, "false") && b == "0");
}

}  // namespace

std::string likeness(std::string_view value, std::string_view label) {
  if (value == label) return {};
  const std::u32string found = without_blanks(value), listed = without_blanks(label);
  if (found == listed)
    return "with other blanks: " + in_code_points(value) + ", not " + in_code_points(label);
  if (in_small_letters(found) == in_small_letters(listed)) return "in another case";
  const std::optional<double> found_number = number(value), listed_number = number(label);
  if (found_number && listed_number && *found_number == *listed_number)
    return "in another spelling of the number";
  if (same_bool(value, label) || same_bool(label, value))
    return "in another spelling of the truth value";
  if (same_but_for_marks(in_small_letters(found), in_small_letters(listed)))
    return "in other code points: " + in_code_points(value) + ", not " + in_code_points(label);
  return {};
}

}  // namespace trainbus::tasks
