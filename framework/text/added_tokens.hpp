// Finds added tokens in a text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  };
  // A piece of the text: an added token (with the white space that it strips), or the text between
  // two.
  struct Stretch {
    std::string_view text;
    std::optional<std::int32_t> id;
  };

  // Tokens without text are never found.
  explicit AddedTokens(std::vector<Token> tokens);

  // The whole text as pieces, in order. Leftmost match first; of several, the longest. specials =
  // false: special tokens count as text.
  std::vector<Stretch> split(std::string_view text, bool specials) const;

 private:
  const Token* match(std::string_view text, bool specials) const;
  std::array<std::vector<Token>, 256> by_first_byte_;  // longest first
  bool empty_;
};

}  // namespace trainbus
