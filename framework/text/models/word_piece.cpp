#include "text/models/word_piece.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

std::int64_t character_count(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) count += is_utf8_boundary(text, i);
  return count;
}

}  // namespace

WordPiece::WordPiece(const TokenizerSpec& spec, const WordPieceSpec& rules)
    : rules_(rules), tokens_(spec, TokenIndex::Of::Model) {
  for (const auto& [token, id] : tokens_.all())
    longest_token_ = std::max(longest_token_, token.size());
}

void WordPiece::encode(std::string_view word, std::vector<WordToken>& tokens) const {
  const std::size_t before = tokens.size();
  const auto whole = static_cast<std::uint32_t>(word.size());
  bool known = character_count(word) <= rules_.longest_word;
  std::string piece;
  for (std::uint32_t begin = 0; known && begin < whole;) {
    piece = begin > 0 ? rules_.prefix : std::string();
    const std::size_t marked = piece.size();
    const std::string_view rest = word.substr(begin);
    piece += rest.substr(0, utf8_cut(rest, longest_token_));
    std::optional<std::int32_t> token;
    while (piece.size() > marked && !(token = tokens_.find(piece)))  // until it is a token
      piece.resize(utf8_cut(piece, piece.size() - 1));
    known = token.has_value();
    if (!known) break;
    const auto end = begin + static_cast<std::uint32_t>(piece.size() - marked);
    tokens.push_back({*token, begin, end});
    begin = end;
  }
  if (known) return;
  tokens.resize(before);
  tokens.push_back({rules_.unknown, 0, whole});
}

}  // namespace trainbus
