// A tree of texts, byte by byte: finds the texts that begin at a place of another text. Internal to
// the tokenizer.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus {

// Immutable; threads may share it. 9 bytes for each node.
class TokenTrie {
 public:
  using Entry = std::pair<std::string_view, std::int32_t>;  // a text and its value, not negative

  // Empty texts are left out; of several values for a text the last one counts.
  explicit TokenTrie(std::vector<Entry> entries);

  bool empty() const { return nodes_.size() == 1; }
  bool begins_any(char byte) const { return first_[static_cast<unsigned char>(byte)] != 0; }

  // The value of this very text; -1: none.
  std::int32_t find(std::string_view text) const {
    std::int32_t found = -1;
    each_prefix(text, [&](std::size_t length, std::int32_t value) {
      if (length == text.size()) found = value;
    });
    return found;
  }
  // Calls visit(length, value) for each text that this one begins with, shortest first.
  template <class Visit>
  void each_prefix(std::string_view text, Visit visit) const {
    if (text.empty()) return;
    std::uint32_t node = first_[static_cast<unsigned char>(text[0])];
    for (std::size_t length = 1; node != 0; ++length) {
      if (nodes_[node].value >= 0) visit(length, nodes_[node].value);
      node = length < text.size() ? child(node, static_cast<unsigned char>(text[length])) : 0;
    }
  }

 private:
  struct Node {
    std::uint32_t first_child = 0;  // children are neighbours, ordered by their byte
    std::int32_t value = -1;
  };
  // 0: none.
  std::uint32_t child(std::uint32_t node, unsigned char byte) const {
    std::uint32_t low = nodes_[node].first_child, high = nodes_[node + 1].first_child;
    while (high - low > 4) {
      const std::uint32_t middle = low + (high - low) / 2;
      (bytes_[middle] <= byte ? low : high) = middle;
    }
    for (; low < high; ++low)
      if (bytes_[low] == byte) return low;
    return 0;
  }

  std::vector<Node> nodes_;  // breadth first; one more at the end
  std::vector<unsigned char> bytes_;
  std::array<std::uint32_t, 256> first_{};  // children of the root
};

}  // namespace trainbus
