#include "text/added_tokens.hpp"

#include <algorithm>
#include <utility>

#include "text/white_space.hpp"

namespace trainbus {

AddedTokens::AddedTokens(std::vector<Token> tokens) : empty_(tokens.empty()) {
  std::stable_sort(tokens.begin(), tokens.end(),
                   [](const Token& a, const Token& b) { return a.text.size() > b.text.size(); });
  for (Token& token : tokens)
    if (!token.text.empty())
      by_first_byte_[static_cast<unsigned char>(token.text[0])].push_back(std::move(token));
}

const AddedTokens::Token* AddedTokens::match(std::string_view text, bool specials) const {
  for (const Token& token : by_first_byte_[static_cast<unsigned char>(text[0])])
    if ((specials || !token.special) && text.starts_with(token.text)) return &token;
  return nullptr;
}

std::vector<AddedTokens::Stretch> AddedTokens::split(std::string_view text, bool specials) const {
  std::vector<Stretch> stretches;
  const auto add = [&](std::size_t begin, std::size_t end, std::optional<std::int32_t> id) {
    if (begin < end) stretches.push_back({text.substr(begin, end - begin), id});
  };
  std::size_t done = 0;
  for (std::size_t i = 0; !empty_ && i < text.size();) {
    const Token* token = match(text.substr(i), specials);
    if (token == nullptr) {
      ++i;
      continue;
    }
    std::size_t begin = i, end = i + token->text.size();
    if (token->strip_left) begin -= trailing_white_space(text.substr(done, i - done));
    if (token->strip_right) end += leading_white_space(text.substr(end));
    add(done, begin, std::nullopt);
    add(begin, end, token->id);
    i = done = end;
  }
  add(done, text.size(), std::nullopt);
  return stretches;
}

}  // namespace trainbus
