#include "text/models/unigram.hpp"

#include <algorithm>
#include <limits>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

// SentencePiece's unigram_model.cc: an unknown character costs this much more than any token.
constexpr double unknown_penalty = 10;

std::vector<TokenTrie::Entry> entries(const TokenizerSpec& spec, const UnigramSpec& rules) {
  std::vector<TokenTrie::Entry> all;
  for (std::size_t i = 0; i < rules.scores.size(); ++i)
    all.emplace_back(spec.tokens[i], static_cast<std::int32_t>(i));
  return all;
}

}  // namespace

Unigram::Unigram(const TokenizerSpec& spec, const UnigramSpec& rules)
    : rules_(rules), where_(spec.where), trie_(entries(spec, rules)) {
  double least = std::numeric_limits<double>::infinity();
  for (const double score : rules.scores) least = std::min(least, score);
  unknown_score_ = least - unknown_penalty;
  for (unsigned byte = 0; byte < 256; ++byte)
    byte_token_[byte] =
        rules.byte_fallback ? trie_.find(byte_token_text(static_cast<unsigned char>(byte))) : -1;
}

std::vector<Unigram::Best> Unigram::best_paths(std::string_view word) const {
  std::vector<Best> best(word.size() + 1);
  const auto consider = [&](std::size_t begin, std::size_t end, std::int32_t id, double score) {
    if (best[end].begin != UINT32_MAX && score <= best[end].score) return;
    best[end] = {score, static_cast<std::uint32_t>(begin), id};
  };
  for (std::size_t begin = 0; begin < word.size();) {
    const double so_far = best[begin].score;
    const std::size_t character = utf8_front(word.substr(begin)).bytes;
    bool is_token = false;  // the character alone
    trie_.each_prefix(word.substr(begin), [&](std::size_t length, std::int32_t id) {
      is_token |= length == character;
      consider(begin, begin + length, id, rules_.scores[static_cast<std::size_t>(id)] + so_far);
    });
    if (!is_token) consider(begin, begin + character, -1, unknown_score_ + so_far);
    begin += character;
  }
  return best;
}

void Unigram::add_unknown(std::string_view word, ByteRange range,
                          std::vector<WordToken>& tokens) const {
  const auto begin = static_cast<std::uint32_t>(range.begin);
  const auto end = static_cast<std::uint32_t>(range.end);
  const std::string_view text = word.substr(range.begin, range.end - range.begin);
  if (const std::int32_t id = trie_.find(text); id >= 0) return tokens.push_back({id, begin, end});
  const auto byte_token = [&](char c) { return byte_token_[static_cast<unsigned char>(c)]; };
  if (rules_.byte_fallback &&
      std::all_of(text.begin(), text.end(), [&](char c) { return byte_token(c) >= 0; })) {
    for (const char c : text) tokens.push_back({byte_token(c), begin, end});
    return;
  }
  if (!rules_.unknown)
    throw UsageError("no token covers \"" + std::string(text) + "\", and there is no unknown token",
                     where_, "Use a tokenizer with an unknown token.");
  tokens.push_back({*rules_.unknown, begin, end});
}

void Unigram::encode(std::string_view word, std::vector<WordToken>& tokens) const {
  const std::vector<Best> best = best_paths(word);
  const auto is_unknown = [&](const Best& step) {
    return step.id < 0 || (rules_.unknown && step.id == *rules_.unknown);
  };
  std::vector<ByteRange> ranges;  // last first; neighbouring unknown characters are one
  std::vector<std::int32_t> ids;  // -1: unknown
  for (std::size_t end = word.size(); end > 0; end = best[end].begin) {
    const Best& step = best[end];
    if (is_unknown(step) && !ids.empty() && ids.back() < 0) {
      ranges.back().begin = step.begin;
    } else {
      ranges.push_back({step.begin, end});
      ids.push_back(is_unknown(step) ? -1 : step.id);
    }
  }
  for (std::size_t i = ranges.size(); i-- > 0;) {
    if (ids[i] < 0)
      add_unknown(word, ranges[i], tokens);
    else
      tokens.push_back({ids[i], static_cast<std::uint32_t>(ranges[i].begin),
                        static_cast<std::uint32_t>(ranges[i].end)});
  }
}

}  // namespace trainbus
