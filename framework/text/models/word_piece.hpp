// WordPiece: a word is split greedily, each time into the longest token that it begins with (arXiv
// 1609.08144, section 4.1; google-research/bert, tokenization.py).
#pragma once

#include <string_view>
#include <vector>

#include "text/models/token_model.hpp"
#include "text/token_index.hpp"

namespace trainbus {

class WordPiece final : public TokenModel {
 public:
  // rules: spec.model. Throws UsageError if two tokens have the same text.
  WordPiece(const TokenizerSpec& spec, const WordPieceSpec& rules);

  // A word that is too long or cannot be built from tokens becomes the unknown token.
  void encode(std::string_view word, std::vector<WordToken>& tokens) const override;

 private:
  const WordPieceSpec& rules_;
  const TokenIndex tokens_;
  std::size_t longest_token_ = 0;  // bytes
};

}  // namespace trainbus
