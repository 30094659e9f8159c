// A small tokenizer: all 256 bytes, a few merges, two special tokens and a user's one.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "text/steps/byte_level.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus::testing {

// Ids: the bytes 0-255, then "ab" 256, "abc" 257, "bc" 258, " a" 259, "aa" 260, "<tool>" 261,
// "<s>" 262, "</s>" 263.
inline TokenizerSpec tiny_spec() {
  TokenizerSpec spec;
  spec.where = "tiny";
  for (int byte = 0; byte < 256; ++byte)
    spec.tokens.push_back(to_byte_level(std::string(1, static_cast<char>(byte))));
  for (const char* token : {"ab", "abc", "bc", " a", "aa"})
    spec.tokens.push_back(to_byte_level(token));
  for (const char* token : {"<tool>", "<s>", "</s>"}) spec.tokens.emplace_back(token);
  BpeSpec bpe;
  bpe.merges = {{'b', 'c'}, {'a', 'b'}, {256, 'c'}, {' ', 'a'}, {'a', 'a'}};
  spec.model = std::move(bpe);
  spec.added = {{.id = 262, .special = true},
                {.id = 263, .special = true},
                {.id = 261, .normalized = true, .in_vocabulary = true}};
  spec.pre_tokenizers = {pre_tokenize::ByteLevel{false, true}};
  spec.decoders = {decode::ByteLevel{}};
  spec.bos = 262;
  spec.eos = 263;
  return spec;
}

inline BpeSpec& bpe_of(TokenizerSpec& spec) { return std::get<BpeSpec>(spec.model); }

}  // namespace trainbus::testing
