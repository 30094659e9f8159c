// From a text to its tokens: added tokens, normalisers, pre-tokenizers, model. Internal to
// Tokenizer.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "text/added_tokens.hpp"
#include "text/models/token_model.hpp"
#include "text/models/word_cache.hpp"
#include "text/steps/normalizers.hpp"
#include "text/steps/pre_tokenizers.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct TextToken {
  std::int32_t id;
  std::uint32_t begin, end;  // bytes of the text; 0 unless asked for
};

// Immutable; threads may share it.
class Encoder {
 public:
  // The spec must outlive it. Throws UsageError naming spec.where.
  explicit Encoder(const TokenizerSpec& spec);

  struct Request {
    bool specials = true;  // recognised
    // But not where they touch one of these bytes of the text, which are ascending.
    std::span<const ByteRange> as_text = {};
    bool offsets = false;
    WordCache* cache = nullptr;  // null: none
  };
  // text: valid UTF-8 of at most 1 GiB.
  std::vector<TextToken> encode(std::string_view text, const Request& request) const;

 private:
  // is_text: of special tokens of the whole text; for those of a normalised one as well.
  void encode_stretch(AlignedText stretch, const Request& request,
                      const AddedTokens::IsText& is_text, std::vector<TextToken>& tokens) const;
  void encode_words(Words words, const Request& request, std::vector<TextToken>& tokens) const;

  const TokenizerSpec& spec_;
  const Normalizers normalizers_;
  const PreTokenizers pre_tokenizers_;
  const std::unique_ptr<const TokenModel> model_;
  const AddedTokens in_raw_, in_normalized_;
  const bool always_aligned_;
};

}  // namespace trainbus
