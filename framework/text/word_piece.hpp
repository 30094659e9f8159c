// WordPiece: a word is split greedily, each time into the longest token that it begins with (arXiv
// 1609.08144, section 4.1; google-research/bert, tokenization.py).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/token_index.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Immutable; threads may share it. Views into the spec, which must outlive it.
class WordPiece {
 public:
  // spec: with word_piece. Throws UsageError if two tokens have the same text.
  explicit WordPiece(const TokenizerSpec& spec);

  // Appends the tokens of one word; a word that is too long or cannot be built from tokens becomes
  // the unknown token.
  void encode(std::string_view word, std::vector<std::int32_t>& out) const;
  // Joins words with blanks; with cleanup, without blanks before English punctuation and
  // contractions, token by token as in Hugging Face's decoder.
  std::string decode(std::span<const std::int32_t> ids) const;

 private:
  const TokenizerSpec& spec_;
  TokenIndex tokens_;
  std::size_t longest_token_ = 0;  // bytes
};

}  // namespace trainbus
