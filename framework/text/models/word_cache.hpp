// Caches the tokens of words, so that each word is merged once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/token_model.hpp"

namespace trainbus {

// Bounded in the number of words and their length; a word that does not fit is not cached. One
// thread.
class WordCache {
 public:
  // Valid until the next word is remembered; none: not in the cache.
  struct Found {
    std::span<const WordToken> tokens;
    bool is_known;
  };
  Found find(std::string_view word) const {
    if (slots_.empty() || word.size() > longest_word) return {{}, false};
    const std::uint64_t hash = hash_of(word);
    for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.bytes == 0) return {{}, false};
      if (slot.hash == hash && std::string_view(words_).substr(slot.word, slot.bytes) == word)
        return {std::span(tokens_).subspan(slot.token, slot.count), true};
    }
  }

  void remember(std::string_view word, std::span<const WordToken> tokens) {
    if (count_ == most_words || word.size() > longest_word || word.empty()) return;
    if (2 * (count_ + 1) > slots_.size()) grow();
    place({hash_of(word), static_cast<std::uint32_t>(words_.size()),
           static_cast<std::uint32_t>(word.size()), static_cast<std::uint32_t>(tokens_.size()),
           static_cast<std::uint32_t>(tokens.size())});
    words_ += word;
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    ++count_;
  }

 private:
  static constexpr std::size_t most_words = 65536;
  static constexpr std::size_t longest_word = 64;
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t word = 0, bytes = 0;   // in words_; no bytes: the slot is free
    std::uint32_t token = 0, count = 0;  // in tokens_
  };

  static std::uint64_t hash_of(std::string_view word) {
    return std::hash<std::string_view>()(word);
  }
  void place(const Slot& slot) {
    std::size_t i = slot.hash & (slots_.size() - 1);
    while (slots_[i].bytes != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 256 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.bytes != 0) place(slot);
  }

  std::vector<Slot> slots_;
  std::string words_;
  std::vector<WordToken> tokens_;
  std::size_t count_ = 0;
};

}  // namespace trainbus
