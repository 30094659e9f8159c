// The models of tokenizers as plain data: how one word becomes tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace trainbus {

// Byte-pair encoding (arXiv 1508.07909), of bytes or of characters.
struct BpeSpec {
  std::vector<std::pair<std::int32_t, std::int32_t>> merges;  // ids of the two parts, best first
  // For a character (or byte) without a token; none: it is dropped, as in Hugging Face's tokenizers
  // and llama.cpp (SmolLM2 lacks 21 bytes: some control characters, and bytes that UTF-8 never
  // contains).
  std::optional<std::int32_t> unknown;
  bool fuse_unknown = false;      // neighbouring unknown characters are one token
  bool byte_fallback = false;     // a character without a token becomes its bytes, "<0xE4>"
  bool ignore_merges = false;     // a word in the vocabulary is one token, without merging
  std::string continuing_prefix;  // of tokens that do not begin a word
  std::string end_suffix;         // of tokens that end a word, "</w>"
};

// SentencePiece's unigram language model (arXiv 1804.10959): the most probable segmentation.
struct UnigramSpec {
  std::vector<double> scores;  // log probabilities of tokens 0, 1, …; further tokens are only added
  std::optional<std::int32_t> unknown;
  bool byte_fallback = false;
};

// A word is split greedily, each time into the longest token that it begins with (arXiv 1609.08144,
// section 4.1).
struct WordPieceSpec {
  std::int32_t unknown = 0;         // for a word that cannot be built from tokens
  std::string prefix = "##";        // of tokens that continue a word
  std::int64_t longest_word = 100;  // characters; longer words are unknown
};

// A word is a token.
struct WordLevelSpec {
  std::int32_t unknown = 0;
};

using ModelSpec = std::variant<BpeSpec, UnigramSpec, WordPieceSpec, WordLevelSpec>;

}  // namespace trainbus
