#include "text/pre_tokenizer.hpp"

#include <optional>
#include <utility>

namespace trainbus {
namespace {

void split_by(const Regex& regex, std::string_view text, std::vector<std::string_view>& pieces) {
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (begin < end) pieces.push_back(text.substr(begin, end - begin));
  };
  std::size_t end = 0;
  Regex::Walk walk(regex, text);
  while (const std::optional<Regex::Match> match = walk.next()) {
    add(end, match->begin);
    add(match->begin, match->end);
    end = match->end;
  }
  add(end, text.size());
}

}  // namespace

PreTokenizer::PreTokenizer(const std::vector<std::string>& patterns, const std::string& where) {
  for (const std::string& pattern : patterns) patterns_.emplace_back(pattern, where);
}

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  if (!text.empty()) pieces.push_back(text);
  std::vector<std::string_view> finer;
  for (const Regex& pattern : patterns_) {
    finer.clear();
    for (const std::string_view piece : pieces) split_by(pattern, piece, finer);
    std::swap(pieces, finer);
  }
  return pieces;
}

}  // namespace trainbus
