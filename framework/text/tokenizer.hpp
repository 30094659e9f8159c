// A tokenizer, byte-level BPE or WordPiece: text to ids and back, with the ids of Hugging Face's
// tokenizers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Whether "<|im_end|>" in a text is the control token or ten characters. Encode untrusted text
// AsText, so that it cannot end a turn.
enum class Specials { Recognize, AsText };

// All const members may be called by any thread; words' ids are cached. Unicode properties come
// from PCRE2's tables (10.42: Unicode 14).
class TRAINBUS_EXPORT Tokenizer {
 public:
  // Throws UsageError naming spec.where if the parts are inconsistent.
  explicit Tokenizer(TokenizerSpec spec);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Adds no prefix and no suffix. Ill-formed UTF-8 is read as U+FFFD, one for each maximal
  // ill-formed part, so any bytes can be encoded.
  std::vector<std::int32_t> encode(std::string_view text,
                                   Specials specials = Specials::Recognize) const;
  // With the special tokens that the model's template puts around a text: "[CLS] … [SEP]", or a
  // leading "</s>".
  std::vector<std::int32_t> encode_whole(std::string_view text,
                                         Specials specials = Specials::Recognize) const;
  // With the special tokens before the text only, for a text that the model continues.
  std::vector<std::int32_t> encode_beginning(std::string_view text,
                                             Specials specials = Specials::Recognize) const;
  // Special tokens appear as their text; bytes that are not UTF-8 (a character cut in two) become
  // U+FFFD. Throws UsageError for an id without a token.
  std::string decode(std::span<const std::int32_t> ids) const;

  std::int32_t vocab_size() const;
  std::optional<std::int32_t> bos() const { return spec().bos; }
  std::optional<std::int32_t> eos() const { return spec().eos; }
  std::optional<std::int32_t> pad() const { return spec().pad; }
  std::optional<std::int32_t> unk() const { return spec().unk; }
  std::optional<std::int32_t> mask() const { return spec().mask; }
  const TokenizerSpec& spec() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trainbus
