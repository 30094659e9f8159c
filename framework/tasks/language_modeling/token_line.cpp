#include "tasks/language_modeling/token_line.hpp"

#include <algorithm>

namespace trainbus::tasks {

void TokenLine::append(std::span<const std::int32_t> document) {
  ids.append(document);
  ends.push_back(ids.size());
}

std::vector<Piece> TokenLine::pieces(Piece range) const {
  std::vector<Piece> pieces;
  std::uint64_t begin = range.begin;
  for (const std::uint64_t* end = std::upper_bound(ends.begin(), ends.end(), range.begin);
       begin < range.end; ++end) {
    pieces.push_back({begin, std::min(*end, range.end)});
    begin = *end;
  }
  return pieces;
}

TokenLine token_line(const TextList& documents, const TextEncoder& encode, std::int32_t end) {
  TokenLine line;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    std::vector<std::int32_t> ids = encode(documents[i]);
    if (end >= 0) ids.push_back(end);
    if (!ids.empty()) line.append(ids);
  }
  return line;
}

}  // namespace trainbus::tasks
