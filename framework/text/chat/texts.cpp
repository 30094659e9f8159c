// What methods and filters do with texts.
#include <utf8proc.h>

#include <algorithm>

#include "text/chat/calls.hpp"
#include "text/chat/operators.hpp"
#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

bool is_marked(char32_t c) { return (c & from_message) != 0; }

// By a function of UTF-8. Where characters became more or fewer, it is unknown which came from
// where: then all count as the message's, if any did.
Text by_utf8(const Text& text, std::string (*change)(std::string_view)) {
  Text result = text_of(change(utf8_of(text)));
  const bool any = std::ranges::any_of(text, is_marked);
  for (std::size_t i = 0; i < result.size(); ++i)
    if (result.size() == text.size() ? is_marked(text[i]) : any) result[i] |= from_message;
  return result;
}

std::string upper_of(std::string_view text) {
  std::string result;
  for (const char32_t c : unicode::decoded(text))
    result += unicode::upper_first(unicode::encoded(std::u32string(1, c)));
  return result;
}

}  // namespace

Text upper(const Text& text) { return by_utf8(text, upper_of); }
Text lower(const Text& text) { return by_utf8(text, unicode::lower); }
namespace {

// A character as a word begins with it: "ǆ" becomes "ǅ", "ß" "Ss" (Unicode, SpecialCasing.txt).
Text titled(char32_t marked) {
  const char32_t c = character(marked), mark = marked & from_message;
  const auto simple = static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c)));
  Text title = upper(Text(1, c));
  // utf8proc has U+1E9E for ß, which Unicode has not.
  if (title.size() == 1 || (simple != c && c != U'ß')) title = Text(1, simple);
  const bool begins_with_letter = !same_text(lower(title.substr(0, 1)), title.substr(0, 1));
  if (title.size() > 1 && begins_with_letter) title = title.substr(0, 1) + lower(title.substr(1));
  for (char32_t& each : title) each |= mark;
  return title;
}

}  // namespace

Text capitalized(const Text& text) {
  if (text.empty()) return text;
  return titled(text[0]) + lower(text).substr(lower(Text(1, text[0])).size());
}

Text with_titles(const Text& text) {
  const Text low = lower(text);  // of the whole, since a Σ depends on what is around it
  Text result;
  std::size_t at = 0;
  bool in_word = false;
  for (const char32_t c : text) {
    const Text alone = lower(Text(1, c));
    result += in_word ? low.substr(at, alone.size()) : titled(c);
    at += alone.size();
    in_word = !same_text(alone, upper(Text(1, c)));
  }
  return result;
}

Text stripped(const Text& text, const Value* characters, int sides) {
  const Text* set = characters && !characters->is_none() ? characters->text() : nullptr;
  if (characters && !characters->is_none() && !set)
    throw TemplateError("found " + type_name(*characters) + " as characters, expected a text");
  const auto goes = [&](char32_t c) {
    if (!set) return unicode::is_space(character(c));
    return std::ranges::any_of(*set, [&](char32_t d) { return character(c) == character(d); });
  };
  std::size_t begin = 0, end = text.size();
  while ((sides & 1) != 0 && begin < end && goes(text[begin])) ++begin;
  while ((sides & 2) != 0 && end > begin && goes(text[end - 1])) --end;
  return text.substr(begin, end - begin);
}

// An empty `old` is found before each character and at the end, as Python has it.
Text replaced(const Text& text, std::u32string_view old, std::u32string_view by,
              std::int64_t most) {
  Text result;
  std::size_t at = 0;
  for (std::int64_t count = 0; most < 0 || count < most; ++count) {
    const std::size_t found = find_text(text, old, at);
    if (found == Text::npos) break;
    result += text.substr(at, found - at);
    result += by;
    at = found + old.size();
    if (result.size() > most_characters) throw TemplateError("a text is too long");
    if (!old.empty()) continue;
    if (at == text.size()) break;
    result += text[at++];
  }
  return checked(result + text.substr(std::min(at, text.size())));
}

}  // namespace trainbus::chat
