#include "text/offsets.hpp"

#include <algorithm>

#include "text/steps/characters.hpp"

namespace trainbus {
namespace {

struct Spaces {
  std::int64_t before = 0, behind = 0;  // characters
};

// A blank in the byte alphabet, or any white space.
bool is_space(char32_t c) { return c == 0x120 || is_white_space(c); }

Spaces spaces_of(std::string_view token) {
  Spaces spaces;
  std::int64_t run = 0, count = 0;
  each_character(token, [&](char32_t c, std::size_t, std::size_t) {
    run = is_space(c) ? run + 1 : 0;
    ++count;
    if (run == count) spaces.before = run;
  });
  spaces.behind = run;
  return spaces;
}

}  // namespace

std::vector<TokenOffsets> code_point_offsets(std::string_view text,
                                             std::span<const TextToken> tokens) {
  std::vector<std::uint32_t> before(text.size() + 1);  // code points that begin before a byte
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    before[i] = count;
    count += is_utf8_boundary(text, i + 1) ? 1 : 0;
  }
  before[text.size()] = count;
  std::vector<TokenOffsets> offsets;
  offsets.reserve(tokens.size());
  for (const TextToken& token : tokens) offsets.push_back({before[token.begin], before[token.end]});
  return offsets;
}

void trim_offsets(const TokenizerSpec& spec, std::string_view text,
                  std::span<const TextToken> tokens, std::span<TokenOffsets> offsets) {
  if (spec.trim == TokenizerSpec::Trim::None) return;
  std::vector<std::int32_t> strips;
  for (const AddedToken& token : spec.added)
    if (token.strip_left || token.strip_right) strips.push_back(token.id);
  const auto text_of = [&](const TextToken& token) -> std::string_view {
    const bool takes_spaces = std::find(strips.begin(), strips.end(), token.id) != strips.end();
    return takes_spaces ? text.substr(token.begin, token.end - token.begin) : spec.token(token.id);
  };
  const bool own_blank = spec.trim == TokenizerSpec::Trim::SpacesButFirst;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    auto& [begin, end] = offsets[i];
    Spaces spaces = spaces_of(text_of(tokens[i]));
    const bool is_first = i == 0 || begin == 0;
    if (is_first && own_blank && spaces.before == 1) spaces.before = 0;
    begin = std::min(begin + spaces.before, end);
    if (spaces.behind > 0 && end >= spaces.behind) end = std::max(end - spaces.behind, begin);
  }
}

}  // namespace trainbus
