#include "text/models/token_trie.hpp"

#include <algorithm>

namespace trainbus {

TokenTrie::TokenTrie(std::vector<Entry> entries) {
  std::erase_if(entries, [](const Entry& entry) { return entry.first.empty(); });
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.first < b.first; });
  // The entries below a node are neighbours; nodes are made level by level.
  struct Below {
    std::size_t begin, end, depth;
  };
  std::vector<Below> below = {{0, entries.size(), 0}};
  nodes_.emplace_back();
  bytes_.push_back(0);
  for (std::size_t node = 0; node < below.size(); ++node) {
    auto [at, end, depth] = below[node];
    nodes_[node].first_child = static_cast<std::uint32_t>(nodes_.size());
    for (; at < end && entries[at].first.size() == depth; ++at)
      nodes_[node].value = entries[at].second;
    while (at < end) {
      const auto byte = static_cast<unsigned char>(entries[at].first[depth]);
      const std::size_t begin = at;
      while (at < end && static_cast<unsigned char>(entries[at].first[depth]) == byte) ++at;
      if (node == 0) first_[byte] = static_cast<std::uint32_t>(nodes_.size());
      below.push_back({begin, at, depth + 1});
      nodes_.emplace_back();
      bytes_.push_back(byte);
    }
  }
  if (nodes_.size() == 1) return;
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  nodes_.emplace_back().first_child = count;
}

}  // namespace trainbus
