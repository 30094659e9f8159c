// SentencePiece's normalisation rules, as its models carry them ("precompiled_charsmap"): a
// double-array trie from texts to their replacements. Internal to the tokenizer's steps.
//
// The bytes: the trie's size in bytes (u32, little-endian), its units (u32 each), then the
// replacements, each ended by a NUL byte; a trie's value is a position among them. (Source:
// google/sentencepiece, normalizer.cc; the units are those of s-yata/darts-clone.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/steps/aligned_text.hpp"

namespace trainbus {

// Immutable; threads may share it.
class Charsmap {
 public:
  // Throws UsageError naming `where` if the bytes are cut off or the replacements are not UTF-8.
  Charsmap(std::string_view bytes, const std::string& where);

  // Applies the rules as Hugging Face's tokenizers do: a grapheme of less than six bytes that
  // begins with a rule's text is replaced as a whole, other characters one by one.
  void apply(AlignedText& text) const;

 private:
  // The replacement of the shortest rule that the text begins with.
  std::optional<std::string_view> replacement(std::string_view text) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace trainbus
