#include "text/steps/pre_tokenizers.hpp"

#include <utility>
#include <variant>

#include "text/steps/bert_text.hpp"
#include "text/steps/byte_level.hpp"
#include "text/steps/growth.hpp"
#include "text/steps/split_patterns.hpp"
#include "text/steps/word_splitter.hpp"

namespace trainbus {
namespace {

using pre_tokenize::Behavior;

// Rewrites each word: write(word, editor, offset), with the offset of the word in the old text.
template <class Write>
void rewrite_words(Words& words, Write write) {
  TextEditor editor(words.text);
  for (ByteRange& range : words.ranges) {
    editor.drop_until(range.begin);
    const std::size_t begin = editor.size();
    write(words.word(range), editor, range.begin);
    editor.keep_until(range.end);
    range = {begin, editor.size()};
  }
  editor.finish();
}

// Puts a text in front of a word; it comes from the word's first character.
void put_in_front(std::string_view front, std::string_view first, TextEditor& editor) {
  std::string both(front);
  both += first;
  editor.replace(both, first.size());
}

std::string_view first_character(std::string_view word) {
  return word.substr(0, utf8_front(word).bytes);
}

void split_by_regex(Words& words, const Regex& regex, Behavior behavior, bool invert) {
  split_words(words, behavior, invert, [&](std::string_view word, const auto& match) {
    Regex::Walk walk(regex, word);
    while (const std::optional<Regex::Match> found = walk.next()) match(found->begin, found->end);
  });
}

void split_by_text(Words& words, const pre_tokenize::Split& step) {
  const std::string& text = step.pattern.text;
  split_words(words, step.behavior, step.invert, [&](std::string_view word, const auto& match) {
    if (text.empty()) return;
    for (std::size_t at = 0; (at = word.find(text, at)) != std::string_view::npos;) {
      match(at, at + text.size());
      at += text.size();
    }
  });
}

void add_blank(Words& words) {
  rewrite_words(words, [](std::string_view word, TextEditor& editor, std::size_t) {
    if (!word.starts_with(' ')) put_in_front(" ", first_character(word), editor);
  });
}

void words_to_alphabet(Words& words) {
  std::string letters;
  rewrite_words(words, [&](std::string_view word, TextEditor& editor, std::size_t) {
    each_character(word, [&](char32_t, std::size_t begin, std::size_t end) {
      letters.clear();
      append_byte_level(letters, word.substr(begin, end - begin));
      editor.replace(letters, end - begin);
    });
  });
}

void mark_words(Words& words, const pre_tokenize::Metaspace& step) {
  const std::string& mark = step.replacement;
  const auto is_first = [&, before = words.text.first_origin()](std::size_t offset) {
    return words.text.aligned() ? words.text.origin({offset, offset + 1}).begin == 0
                                : before + offset == 0;
  };
  rewrite_words(words, [&](std::string_view word, TextEditor& editor, std::size_t offset) {
    const bool front = !word.starts_with(' ') && !word.starts_with(mark) &&
                       (step.prepend == pre_tokenize::Prepend::Always ||
                        (step.prepend == pre_tokenize::Prepend::First && is_first(offset)));
    if (front) put_in_front(mark, first_character(word), editor);
    for (std::size_t at = 0; (at = word.find(' ', at)) != std::string_view::npos; ++at) {
      editor.keep_until(offset + at);
      editor.replace(mark, 1);
    }
  });
}

struct Apply {
  Words& words;
  const std::optional<Regex>& regex;
  bool keep_bytes;

  void operator()(const pre_tokenize::Split& step) const {
    if (regex)
      split_by_regex(words, *regex, step.behavior, step.invert);
    else
      split_by_text(words, step);
  }
  void operator()(const pre_tokenize::Digits& step) const {
    split_at_characters(words, step.individual ? Behavior::Isolated : Behavior::Contiguous,
                        is_numeric);
  }
  void operator()(const pre_tokenize::Punctuation& step) const {
    split_at_characters(words, step.behavior, is_punctuation);
  }
  void operator()(const pre_tokenize::ByteLevel& step) const {
    if (step.add_prefix_space) add_blank(words);
    if (regex) split_by_regex(words, *regex, Behavior::Isolated, false);
    if (!keep_bytes) words_to_alphabet(words);
  }
  void operator()(const pre_tokenize::Metaspace& step) const {
    mark_words(words, step);
    if (step.split)
      split_by_text(words, {{step.replacement, false}, Behavior::MergedWithNext, false});
  }
  void operator()(const pre_tokenize::Whitespace&) const {
    split_by_regex(words, *regex, Behavior::Removed, true);
  }
  void operator()(const pre_tokenize::WhitespaceSplit&) const {
    split_at_characters(words, Behavior::Removed, is_white_space);
  }
  void operator()(const pre_tokenize::Bert&) const {
    std::vector<ByteRange> finer;
    for (const ByteRange range : words.ranges)
      for (const ByteRange word : bert_words(words.word(range)))
        finer.push_back({range.begin + word.begin, range.begin + word.end});
    words.ranges = std::move(finer);
  }
  void operator()(const pre_tokenize::Delimiter& step) const {
    split_by_text(words, {{step.character, false}, Behavior::Removed, false});
  }
};

std::optional<Regex> regex_of(const PreTokenizerStep& spec, const std::string& where) {
  if (const auto* split = std::get_if<pre_tokenize::Split>(&spec); split && split->pattern.regex)
    return Regex(split->pattern.text, where);
  if (const auto* bytes = std::get_if<pre_tokenize::ByteLevel>(&spec); bytes && bytes->use_regex)
    return Regex(split_pattern::gpt2, where);
  if (std::holds_alternative<pre_tokenize::Whitespace>(spec))
    return Regex("[\\w\\p{Join_Control}]+|[^\\w\\p{Join_Control}\\s]+", where);
  return std::nullopt;
}

}  // namespace

Words::Words(AlignedText all) : text(std::move(all)) {
  if (!text.empty()) ranges.push_back({0, text.text().size()});
}

PreTokenizers::PreTokenizers(const std::vector<PreTokenizerStep>& steps, const std::string& where,
                             bool keep_bytes)
    : where_(where), keep_bytes_(keep_bytes) {
  for (const PreTokenizerStep& spec : steps) {
    const auto* marks = std::get_if<pre_tokenize::Metaspace>(&spec);
    if (marks != nullptr && marks->prepend == pre_tokenize::Prepend::First) needs_origins_ = true;
    steps_.push_back({spec, regex_of(spec, where)});
  }
}

void PreTokenizers::apply(Words& words) const {
  const std::size_t before = words.text.text().size();
  for (const Step& step : steps_) {
    const bool is_last = &step == &steps_.back();
    std::visit(Apply{words, step.regex, keep_bytes_ && is_last}, step.spec);
    check_growth(before, words.text.text().size(), where_);
  }
}

}  // namespace trainbus
