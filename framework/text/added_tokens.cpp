#include "text/added_tokens.hpp"

#include <algorithm>
#include <utility>

#include "text/steps/characters.hpp"
#include "text/steps/white_space.hpp"

namespace trainbus {
namespace {

std::vector<TokenTrie::Entry> entries(const std::vector<AddedTokens::Token>& tokens) {
  std::vector<TokenTrie::Entry> all;
  for (std::size_t i = tokens.size(); i-- > 0;)  // the last entry of a text counts
    all.emplace_back(tokens[i].text, static_cast<std::int32_t>(i));
  return all;
}

bool begins_with_word(std::string_view text) {
  return !text.empty() && is_word_character(utf8_front(text).code);
}

bool ends_with_word(std::string_view text) {
  std::size_t last = text.size();
  while (last > 0 && !is_utf8_boundary(text, --last)) {
  }
  return begins_with_word(text.substr(last));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<Token> tokens)
    : tokens_(std::move(tokens)), trie_(entries(tokens_)) {}

std::vector<AddedTokens::Stretch> AddedTokens::split(std::string_view text,
                                                     const IsText& is_text) const {
  std::vector<Stretch> stretches;
  const auto add = [&](std::size_t begin, std::size_t end, std::optional<std::int32_t> id) {
    if (begin < end) stretches.push_back({{begin, end}, id});
  };
  std::size_t done = 0;
  for (std::size_t at = empty() ? text.size() : 0; at < text.size();) {
    std::size_t length = 0;
    std::int32_t found = -1;
    if (trie_.begins_any(text[at]))
      trie_.each_prefix(text.substr(at), [&](std::size_t bytes, std::int32_t index) {
        length = bytes;
        found = index;
      });
    if (found < 0) {
      ++at;
      continue;
    }
    // A match that does not count still hides what lies in it, as in Hugging Face's tokenizers.
    const Token& token = tokens_[static_cast<std::size_t>(found)];
    std::size_t begin = at, end = at += length;
    if (token.special && is_text && is_text({begin, end})) continue;
    if (token.single_word &&
        (ends_with_word(text.substr(0, begin)) || begins_with_word(text.substr(end))))
      continue;
    if (token.strip_left)
      begin = std::max(begin - trailing_white_space(text.substr(0, begin)), done);
    if (token.strip_right) end += leading_white_space(text.substr(end));
    add(done, begin, std::nullopt);
    add(begin, end, token.id);
    done = end;
  }
  add(done, text.size(), std::nullopt);
  return stretches;
}

}  // namespace trainbus
