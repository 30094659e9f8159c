// What methods and filters do with texts.
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

std::string capitalized_of(std::string_view text) {
  return unicode::upper_first(unicode::lower(text));
}

}  // namespace

Text upper(const Text& text) { return by_utf8(text, upper_of); }
Text lower(const Text& text) { return by_utf8(text, unicode::lower); }
Text capitalized(const Text& text) { return by_utf8(text, capitalized_of); }

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
