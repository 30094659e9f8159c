#include "text/steps/word_splitter.hpp"

#include <algorithm>

namespace trainbus {
namespace {

using pre_tokenize::Behavior;

// Whether a part belongs to the word that the part before it is in.
bool joins(Behavior behavior, bool previous_match, bool is_match) {
  if (behavior == Behavior::Contiguous) return is_match == previous_match;
  return behavior == Behavior::MergedWithPrevious && is_match && !previous_match;
}

void append_with_next(const std::vector<Part>& parts, std::vector<ByteRange>& words) {
  const auto first = static_cast<std::ptrdiff_t>(words.size());
  bool later_match = false;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const Part& part = parts[i];
    if (part.is_match && !later_match && i + 1 < parts.size())
      words.back().begin = part.begin;
    else
      words.push_back({part.begin, part.end});
    later_match = part.is_match;
  }
  std::reverse(words.begin() + first, words.end());
}

}  // namespace

void append_parts(const std::vector<Part>& parts, Behavior behavior,
                  std::vector<ByteRange>& words) {
  if (behavior == Behavior::MergedWithNext) return append_with_next(parts, words);
  bool previous_match = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    if (behavior == Behavior::Removed) {
      if (!part.is_match) words.push_back({part.begin, part.end});
    } else if (i > 0 && joins(behavior, previous_match, part.is_match)) {
      words.back().end = part.end;
    } else {
      words.push_back({part.begin, part.end});
    }
    previous_match = part.is_match;
  }
}

}  // namespace trainbus
