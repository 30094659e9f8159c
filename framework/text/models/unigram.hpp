// SentencePiece's unigram language model (arXiv 1804.10959): of all ways to cut a word into tokens,
// the one with the highest sum of scores, found with the Viterbi algorithm.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/models/token_model.hpp"
#include "text/models/token_trie.hpp"
#include "text/steps/aligned_text.hpp"

namespace trainbus {

class Unigram final : public TokenModel {
 public:
  // rules: spec.model.
  Unigram(const TokenizerSpec& spec, const UnigramSpec& rules);

  // Throws UsageError for a character that no token covers if there is no unknown token.
  void encode(std::string_view word, std::vector<WordToken>& tokens) const override;

 private:
  struct Best {  // of the ways to cover the word up to here
    double score = 0;
    std::uint32_t begin = UINT32_MAX;  // of the last token; UINT32_MAX: no way yet
    std::int32_t id = 0;
  };
  std::vector<Best> best_paths(std::string_view word) const;
  void add_unknown(std::string_view word, ByteRange range, std::vector<WordToken>& tokens) const;

  const UnigramSpec& rules_;
  const std::string& where_;
  const TokenTrie trie_;
  std::array<std::int32_t, 256> byte_token_{};  // "<0xE4>"; -1: no token
  double unknown_score_ = 0;
};

}  // namespace trainbus
