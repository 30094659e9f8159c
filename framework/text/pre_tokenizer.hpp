// Splits a text into words; byte-pair merges never cross their borders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/regex.hpp"

namespace trainbus {

// The patterns of known vocabularies, from their tokenizer.json files.
namespace split_pattern {
// Each numeric character is a piece: Hugging Face's Digits with individual_digits.
inline constexpr std::string_view digits = "\\p{N}";
// openai/gpt-2, encoder.py; Hugging Face's ByteLevel with use_regex.
inline constexpr std::string_view gpt2 =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
// Llama 3.
inline constexpr std::string_view llama3 =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
}  // namespace split_pattern

// Applies the patterns one after the other, each to the pieces of the one before. Matches and the
// text between them are both pieces ("Isolated"). Immutable; threads may share it.
class TRAINBUS_EXPORT PreTokenizer {
 public:
  // Throws UsageError naming `where` if a pattern cannot be used.
  PreTokenizer(const std::vector<std::string>& patterns, const std::string& where);

  // The pieces in order, none empty, views into text, which must be valid UTF-8.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  std::vector<Regex> patterns_;
};

}  // namespace trainbus
