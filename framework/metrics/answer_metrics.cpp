#include "metrics/answer_metrics.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "text/unicode.hpp"

namespace trainbus::metrics {
namespace {

bool is_ascii_punctuation(char32_t c) {
  return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
         (c > 'z' && c < 0x7F);
}

bool is_article(std::u32string_view word) {
  return word == U"a" || word == U"an" || word == U"the";
}

// A blank in place of every article. A word is as long a run of word characters as there is.
std::u32string without_articles(std::u32string_view text) {
  std::u32string out;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end) {
    end = begin;
    while (end < text.size() && unicode::is_word(text[end])) ++end;
    const std::u32string_view word = text.substr(begin, end - begin);
    if (is_article(word))
      out += U' ';
    else
      out += word;
    if (end < text.size()) out += text[end++];
  }
  return out;
}

std::vector<std::u32string> words_of(std::u32string_view text) {
  std::vector<std::u32string> words;
  bool inside = false;
  for (const char32_t c : text) {
    if (unicode::is_space(c)) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    words.back() += c;
    inside = true;
  }
  return words;
}

std::vector<std::u32string> normalized_words(std::string_view text) {
  std::u32string characters = unicode::decoded(unicode::lower(text));
  std::erase_if(characters, is_ascii_punctuation);
  return words_of(without_articles(characters));
}

double f1_of(const std::vector<std::u32string>& prediction,
             const std::vector<std::u32string>& answer) {
  std::map<std::u32string_view, std::size_t> left;  // of the answer's words
  for (const std::u32string& word : answer) ++left[word];
  double common = 0;
  for (const std::u32string& word : prediction)
    if (const auto found = left.find(word); found != left.end() && found->second > 0) {
      --found->second;
      ++common;
    }
  if (common == 0) return 0;
  const double precision = common / static_cast<double>(prediction.size());
  const double recall = common / static_cast<double>(answer.size());
  return 2 * precision * recall / (precision + recall);
}

}  // namespace

std::string normalized_answer(std::string_view text) {
  std::u32string joined;
  for (const std::u32string& word : normalized_words(text)) {
    if (!joined.empty()) joined += U' ';
    joined += word;
  }
  return unicode::encoded(joined);
}

bool exact_match(std::string_view prediction, std::span<const std::string> answers) {
  const auto words = normalized_words(prediction);
  return std::any_of(answers.begin(), answers.end(),
                     [&](const std::string& answer) { return normalized_words(answer) == words; });
}

double answer_f1(std::string_view prediction, std::span<const std::string> answers) {
  if (answers.empty()) return 0;
  const auto words = normalized_words(prediction);
  if (answers.front() == "CANNOTANSWER" || answers.front() == "no answer")
    return normalized_words(answers.front()) == words ? 1 : 0;
  double best = 0;
  for (const std::string& answer : answers)
    best = std::max(best, f1_of(words, normalized_words(answer)));
  return best;
}

}  // namespace trainbus::metrics
