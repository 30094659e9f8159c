// A tokenizer: text to ids and back, with the ids, offsets and texts of Hugging Face's tokenizers.
// Byte-pair encoding of bytes or of characters with byte fallback, unigram, WordPiece.
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

// Bytes [begin, end) of a text.
struct TextPart {
  std::size_t begin = 0, end = 0;
  bool operator==(const TextPart&) const = default;
};

// Where a token stands in the text, in Unicode code points; both 0 for a token that is not in it.
struct TokenOffsets {
  std::int64_t begin = 0, end = 0;
  bool operator==(const TokenOffsets&) const = default;
};

struct EncodedText {
  std::vector<std::int32_t> ids;
  std::vector<TokenOffsets> offsets;  // one for each id
};

// Two texts as one, for a model that takes pairs.
struct EncodedPair {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;  // the segment of each id
};

// All const members may be called by any thread; words' ids are cached. Unicode properties come
// from PCRE2's tables (10.42: Unicode 14) and utf8proc's (2.8: Unicode 15).
class TRAINBUS_EXPORT Tokenizer {
 public:
  // Throws UsageError naming spec.where if the parts are inconsistent.
  explicit Tokenizer(TokenizerSpec spec);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Adds no prefix and no suffix. Ill-formed UTF-8 is read as U+FFFD, one for each maximal
  // ill-formed part, so any bytes can be encoded. All encode functions throw UsageError if a
  // pattern of the tokenizer cannot split the text, or if the text is longer than 1 GiB.
  std::vector<std::int32_t> encode(std::string_view text,
                                   Specials specials = Specials::Recognize) const;
  // Special tokens are recognised but where they touch one of these parts, which are ascending:
  // text that is not trusted. Throws UsageError too if the text is not UTF-8.
  std::vector<std::int32_t> encode(std::string_view text, std::span<const TextPart> as_text) const;
  // With the special tokens that the model's template puts around a text: "[CLS] … [SEP]", or a
  // leading "</s>".
  std::vector<std::int32_t> encode_whole(std::string_view text,
                                         Specials specials = Specials::Recognize) const;
  // With the special tokens before the text only, for a text that the model continues.
  std::vector<std::int32_t> encode_beginning(std::string_view text,
                                             Specials specials = Specials::Recognize) const;
  // As encode, with offsets; they count each U+FFFD that stands for ill-formed UTF-8.
  EncodedText encode_with_offsets(std::string_view text,
                                  Specials specials = Specials::Recognize) const;
  // By the template for pairs; where nothing is put around a text, one behind the other. Throws
  // UsageError if there is a template for one text only.
  EncodedPair encode_pair(std::string_view first, std::string_view second,
                          Specials specials = Specials::Recognize) const;
  // Special tokens appear as their text; bytes that are not UTF-8 (a character cut in two) become
  // U+FFFD. Throws UsageError for an id without a token.
  std::string decode(std::span<const std::int32_t> ids) const;

  // One more than the largest id; ids below it without a token are rare (spec().unused_ids).
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
