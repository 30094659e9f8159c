#include "text/steps/bert_text.hpp"

#include "text/steps/characters.hpp"
#include "text/steps/filter.hpp"
#include "text/steps/normalizer.hpp"

namespace trainbus {
namespace {

bool is_dropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return c == 0xFFFD || is_control(c);
}

// Chinese characters are single tokens in BERT's vocabularies; Japanese kana and Korean hangul are
// not.
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void split_chinese(AlignedText& text) {
  TextEditor editor(text);
  const std::string_view all = text.text();
  each_character(all, [&](char32_t c, std::size_t begin, std::size_t end) {
    if (!is_chinese(c)) return;
    editor.keep_until(begin);
    std::string spaced = " ";
    spaced.append(all.substr(begin, end - begin)).append(" ");
    editor.replace(spaced, end - begin);
  });
  editor.keep_until(all.size());
  editor.finish();
}

}  // namespace

void bert_normalize(AlignedText& text, const normalize::Bert& rules) {
  if (rules.clean_text) {
    drop_characters(text, is_dropped);
    map_characters(text, [](char32_t c) { return is_white_space(c) ? U' ' : c; });
  }
  if (rules.split_chinese) split_chinese(text);
  if (rules.strip_accents) {
    to_form(text, normalize::Unicode::Form::Nfd);
    drop_characters(text, is_nonspacing_mark);
  }
  if (rules.lower_case) lower_characters(text);
}

std::vector<ByteRange> bert_words(std::string_view text) {
  std::vector<ByteRange> words;
  std::size_t word = 0;  // where the current word begins
  const auto end_word = [&](std::size_t end) {
    if (word < end) words.push_back({word, end});
  };
  each_character(text, [&](char32_t c, std::size_t begin, std::size_t end) {
    const bool punctuation = is_punctuation(c);
    if (!punctuation && !is_white_space(c)) return;
    end_word(begin);
    if (punctuation) words.push_back({begin, end});
    word = end;
  });
  end_word(text.size());
  return words;
}

}  // namespace trainbus
