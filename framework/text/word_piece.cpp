#include "text/word_piece.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

std::int64_t character_count(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) count += is_utf8_boundary(text, i);
  return count;
}

// Hugging Face's cleanup, applied to one token at a time.
void clean_up(std::string& token) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> tidier = {{
      {" .", "."},
      {" ?", "?"},
      {" !", "!"},
      {" ,", ","},
      {" ' ", "'"},
      {" n't", "n't"},
      {" 'm", "'m"},
      {" do not", " don't"},
      {" 's", "'s"},
      {" 've", "'ve"},
      {" 're", "'re"},
  }};
  for (const auto& [from, to] : tidier)
    for (std::size_t at = 0; (at = token.find(from, at)) != std::string::npos; at += to.size())
      token.replace(at, from.size(), to);
}

}  // namespace

WordPiece::WordPiece(const TokenizerSpec& spec) : spec_(spec), tokens_(spec) {
  for (const std::string& token : spec.tokens)
    longest_token_ = std::max(longest_token_, token.size());
}

void WordPiece::encode(std::string_view word, std::vector<std::int32_t>& out) const {
  const WordPieceSpec& rules = *spec_.word_piece;
  const std::size_t before = out.size();
  std::string piece;
  bool known = character_count(word) <= rules.longest_word;
  while (known && !word.empty()) {
    piece = out.size() > before ? rules.prefix : std::string();
    const std::size_t marked = piece.size();
    piece += word.substr(0, utf8_cut(word, longest_token_));
    std::optional<std::int32_t> token;
    while (piece.size() > marked && !(token = tokens_.find(piece))) {  // until it is a token
      piece.resize(utf8_cut(piece, piece.size() - 1));
    }
    known = token.has_value();
    if (!known) break;
    out.push_back(*token);
    word.remove_prefix(piece.size() - marked);
  }
  if (known) return;
  out.resize(before);
  out.push_back(rules.unknown);
}

std::string WordPiece::decode(std::span<const std::int32_t> ids) const {
  const WordPieceSpec& rules = *spec_.word_piece;
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string token = spec_.token(ids[i]);
    if (i > 0) {
      if (!rules.prefix.empty() && token.starts_with(rules.prefix))
        token.erase(0, rules.prefix.size());
      else
        token.insert(0, " ");
    }
    if (rules.cleanup) clean_up(token);
    text += token;
  }
  return text;
}

}  // namespace trainbus
