#include "tasks/language_modeling/token_line.hpp"

#include <algorithm>

namespace trainbus::tasks {

void TokenLine::append(std::span<const std::int32_t> document) {
  ids.insert(ids.end(), document.begin(), document.end());
  ends.push_back(ids.size());
}

std::vector<Piece> TokenLine::pieces(Piece range) const {
  std::vector<Piece> pieces;
  std::uint64_t begin = range.begin;
  for (auto end = std::ranges::upper_bound(ends, range.begin); begin < range.end; ++end) {
    pieces.push_back({begin, std::min(*end, range.end)});
    begin = *end;
  }
  return pieces;
}

TokenLine token_line(std::span<const std::string> documents, const TextEncoder& encode,
                     std::int32_t end) {
  TokenLine line;
  for (const std::string& document : documents) {
    std::vector<std::int32_t> ids = encode(document);
    if (end >= 0) ids.push_back(end);
    if (!ids.empty()) line.append(ids);
  }
  return line;
}

}  // namespace trainbus::tasks
