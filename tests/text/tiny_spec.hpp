// A small tokenizer: all 256 bytes, a few merges, two special tokens and a user's one.
#pragma once

#include <string>

#include "text/byte_level.hpp"
#include "text/pre_tokenizer.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus::testing {

// Ids: the bytes 0-255, then "ab" 256, "abc" 257, "bc" 258, " a" 259, "aa" 260, "<s>" 261, "</s>"
// 262, "<tool>" 263.
inline TokenizerSpec tiny_spec() {
  TokenizerSpec spec;
  spec.where = "tiny";
  for (int byte = 0; byte < 256; ++byte)
    spec.tokens.push_back(to_byte_level(std::string(1, static_cast<char>(byte))));
  for (const char* token : {"ab", "abc", "bc", " a", "aa"})
    spec.tokens.push_back(to_byte_level(token));
  for (const char* token : {"<s>", "</s>", "<tool>"}) spec.tokens.emplace_back(token);
  spec.merges = {{'b', 'c'}, {'a', 'b'}, {256, 'c'}, {' ', 'a'}, {'a', 'a'}};
  spec.added = {{.id = 261, .special = true},
                {.id = 262, .special = true},
                {.id = 263, .normalized = true, .in_vocabulary = true}};
  spec.split_patterns = {std::string(split_pattern::gpt2)};
  spec.bos = 261;
  spec.eos = 262;
  return spec;
}

}  // namespace trainbus::testing
