// Caches the tokens of words, so that each word is merged once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trainbus {

// Bounded in the number of words and their length; a word that does not fit is not cached. One
// thread.
class WordCache {
 public:
  const std::vector<std::int32_t>* find(std::string_view word) const {
    const auto found = words_.find(word);
    return found == words_.end() ? nullptr : &found->second;
  }
  void remember(std::string_view word, std::span<const std::int32_t> ids) {
    if (words_.size() < most_words && word.size() <= longest_word)
      words_.emplace(word, std::vector<std::int32_t>(ids.begin(), ids.end()));
  }

 private:
  static constexpr std::size_t most_words = 65536;
  static constexpr std::size_t longest_word = 64;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>()(word);
    }
  };
  std::unordered_map<std::string, std::vector<std::int32_t>, Hash, std::equal_to<>> words_;
};

}  // namespace trainbus
