// What the kinds of models have in common: from a word to its tokens. Internal to Tokenizer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct WordToken {
  std::int32_t id;
  std::uint32_t begin, end;  // bytes of the word
};

// Immutable; threads may share it. Words are valid UTF-8 below 4 GiB (BPE of bytes takes any).
class TokenModel {
 public:
  virtual ~TokenModel() = default;

  // Appends one word's tokens.
  virtual void encode(std::string_view word, std::vector<WordToken>& tokens) const = 0;
  // Whether no token crosses the border before a U+2581 behind another character, so that a text
  // can be cut there without changing its tokens.
  virtual bool cuts_before_marks() const { return false; }
};

// The token of a byte in models with byte fallback: "<0x0A>".
std::string byte_token_text(unsigned char byte);

// Whether the model takes bytes where the byte alphabet would otherwise stand for them.
bool takes_bytes(const TokenizerSpec& spec);
// The spec must outlive it. Throws UsageError naming spec.where if its parts do not fit together.
std::unique_ptr<TokenModel> make_model(const TokenizerSpec& spec);

}  // namespace trainbus
