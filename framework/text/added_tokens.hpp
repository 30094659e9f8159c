// Finds added tokens in a text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/token_trie.hpp"
#include "text/steps/aligned_text.hpp"

namespace trainbus {

// Immutable; threads may share it.
class AddedTokens {
 public:
  struct Token {
    std::string text;
    std::int32_t id = 0;
    bool special = false;
    bool strip_left = false;
    bool strip_right = false;
    bool single_word = false;
  };
  // A piece of the text: an added token (with the white space that it strips), or the text between
  // two.
  struct Stretch {
    ByteRange range;
    std::optional<std::int32_t> id;
  };

  // Tokens without text are never found; of two with the same text the first one counts.
  explicit AddedTokens(std::vector<Token> tokens);

  bool empty() const { return trie_.empty(); }
  // The whole text as pieces, in order, none empty. Leftmost match first; of several, the longest.
  // is_text: whether a special token's text that stands there counts as text; none: never.
  using IsText = std::function<bool(ByteRange)>;
  std::vector<Stretch> split(std::string_view text, const IsText& is_text) const;

 private:
  std::vector<Token> tokens_;
  TokenTrie trie_;  // to the index of a token
};

}  // namespace trainbus
