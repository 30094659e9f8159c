#include "text/models/token_model.hpp"

#include <array>
#include <cstdio>
#include <variant>

#include "core/io/error.hpp"
#include "text/models/bpe.hpp"
#include "text/models/unigram.hpp"
#include "text/models/word_piece.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

class WordLevel final : public TokenModel {
 public:
  WordLevel(const TokenizerSpec& spec, const WordLevelSpec& rules)
      : tokens_(spec, TokenIndex::Of::Model), unknown_(rules.unknown) {}

  void encode(std::string_view word, std::vector<WordToken>& tokens) const override {
    tokens.push_back(
        {tokens_.find(word).value_or(unknown_), 0, static_cast<std::uint32_t>(word.size())});
  }

 private:
  const TokenIndex tokens_;
  const std::int32_t unknown_;
};

struct Make {
  const TokenizerSpec& spec;

  std::unique_ptr<TokenModel> operator()(const BpeSpec& rules) const {
    return std::make_unique<Bpe>(spec, rules);
  }
  std::unique_ptr<TokenModel> operator()(const UnigramSpec& rules) const {
    return std::make_unique<Unigram>(spec, rules);
  }
  std::unique_ptr<TokenModel> operator()(const WordPieceSpec& rules) const {
    return std::make_unique<WordPiece>(spec, rules);
  }
  std::unique_ptr<TokenModel> operator()(const WordLevelSpec& rules) const {
    return std::make_unique<WordLevel>(spec, rules);
  }
};

}  // namespace

std::string byte_token_text(unsigned char byte) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "<0x%02X>", unsigned{byte});
  return text.data();
}

bool takes_bytes(const TokenizerSpec& spec) {
  const auto* bpe = std::get_if<BpeSpec>(&spec.model);
  return bpe != nullptr && !bpe->byte_fallback && bpe->continuing_prefix.empty() &&
         bpe->end_suffix.empty() && !spec.pre_tokenizers.empty() &&
         std::holds_alternative<pre_tokenize::ByteLevel>(spec.pre_tokenizers.back());
}

std::unique_ptr<TokenModel> make_model(const TokenizerSpec& spec) {
  return std::visit(Make{spec}, spec.model);
}

}  // namespace trainbus
