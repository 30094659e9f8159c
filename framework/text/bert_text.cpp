#include "text/bert_text.hpp"

#include <utf8proc.h>

#include "core/io/utf8.hpp"
#include "text/normalizer.hpp"

namespace trainbus {
namespace {

using CodePoint = utf8proc_int32_t;

// Calls visit(code point, begin, end) for each character of valid UTF-8.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Part part = utf8_front(text.substr(i));
    visit(static_cast<CodePoint>(part.code), i, i + part.bytes);
    i += part.bytes;
  }
}

void append(std::string& text, CodePoint c) { append_utf8(text, static_cast<char32_t>(c)); }

// The property White_Space.
bool is_white_space(CodePoint c) {
  if ((c >= 0x09 && c <= 0x0D) || c == 0x85) return true;
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool is_dropped(CodePoint c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const utf8proc_category_t category = utf8proc_category(c);
  return c == 0xFFFD || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_CO;
}

// Chinese characters are single tokens in BERT's vocabularies; Japanese kana and Korean hangul are
// not.
bool is_chinese(CodePoint c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// All of ASCII that is neither letter, digit, blank nor control, "$" and "^" too.
bool is_punctuation(CodePoint c) {
  if (c < 0x80)
    return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
           (c > 'z' && c < 0x7F);
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

std::string without_accents(std::string_view text) {
  const std::string decomposed = to_nfd(text);
  std::string out;
  each_character(decomposed, [&](CodePoint c, std::size_t begin, std::size_t end) {
    if (utf8proc_category(c) != UTF8PROC_CATEGORY_MN) out.append(decomposed, begin, end - begin);
  });
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out;
  each_character(text, [&](CodePoint c, std::size_t, std::size_t) {
    append(out, utf8proc_tolower(c));
    if (c == 0x130) append(out, 0x307);  // İ is the one letter whose lower case is two characters
  });
  return out;
}

}  // namespace

std::string bert_normalize(std::string_view text, const WordPieceSpec& spec) {
  std::string out;
  each_character(text, [&](CodePoint c, std::size_t begin, std::size_t end) {
    if (spec.clean_text && is_dropped(c)) return;
    if (spec.clean_text && is_white_space(c))
      out += ' ';
    else if (spec.split_chinese && is_chinese(c))
      out.append(" ").append(text.substr(begin, end - begin)).append(" ");
    else
      out += text.substr(begin, end - begin);
  });
  if (spec.strip_accents) out = without_accents(out);
  return spec.lower_case ? lower_case(out) : out;
}

std::vector<std::string_view> bert_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t word = 0;  // where the current word begins
  const auto end_word = [&](std::size_t end) {
    if (word < end) words.push_back(text.substr(word, end - word));
  };
  each_character(text, [&](CodePoint c, std::size_t begin, std::size_t end) {
    const bool punctuation = is_punctuation(c);
    if (!punctuation && !is_white_space(c)) return;
    end_word(begin);
    if (punctuation) words.push_back(text.substr(begin, end - begin));
    word = end;
  });
  end_word(text.size());
  return words;
}

}  // namespace trainbus
