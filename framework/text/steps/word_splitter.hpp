// Cuts words where something matches. Internal to the pre-tokenizers.
#pragma once

#include <vector>

#include "text/steps/characters.hpp"
#include "text/steps/pre_tokenizers.hpp"

namespace trainbus {

// A part of a word: a match, or what lies between two.
struct Part {
  std::size_t begin, end;
  bool is_match;
};

// Joins the parts of one word as the behaviour says, and appends the words that they make.
void append_parts(const std::vector<Part>& parts, pre_tokenize::Behavior behavior,
                  std::vector<ByteRange>& words);

// find(word, match): calls match(begin, end) for each match in a word, in order. invert: what lies
// between the matches counts as a match, and the other way round.
template <class Find>
void split_words(Words& words, pre_tokenize::Behavior behavior, bool invert, Find find) {
  std::vector<ByteRange> finer;
  finer.reserve(words.text.text().size() / 4);
  std::vector<Part> parts;
  for (const ByteRange range : words.ranges) {
    parts.clear();
    std::size_t done = range.begin;
    const auto until = [&](std::size_t end, bool is_match) {
      if (done < end) parts.push_back({done, end, is_match != invert});
      done = end;
    };
    find(words.word(range), [&](std::size_t begin, std::size_t end) {
      until(range.begin + begin, false);
      until(range.begin + end, true);
    });
    until(range.end, false);
    append_parts(parts, behavior, finer);
  }
  words.ranges = std::move(finer);
}

// Each character with the property is a match.
template <class Has>
void split_at_characters(Words& words, pre_tokenize::Behavior behavior, Has has) {
  split_words(words, behavior, false, [&](std::string_view word, const auto& match) {
    each_character(word, [&](char32_t c, std::size_t begin, std::size_t end) {
      if (has(c)) match(begin, end);
    });
  });
}

}  // namespace trainbus
