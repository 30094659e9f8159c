// Byte-pair encoding: merges the bytes of a word into tokens, best rank first.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Immutable; threads may share it.
class Bpe {
 public:
  // Throws UsageError if a merge's result is no token.
  explicit Bpe(const TokenizerSpec& spec);

  // Appends the tokens of one word, given as bytes. Time O(n log n) in its length.
  void encode(std::string_view word, std::vector<std::int32_t>& out) const;
  // The bytes of a token.
  const std::string& bytes(std::int32_t id) const { return bytes_[static_cast<std::size_t>(id)]; }
  std::int32_t vocab_size() const { return static_cast<std::int32_t>(bytes_.size()); }

 private:
  struct Merge {
    std::uint32_t rank;
    std::int32_t result;
  };
  struct Symbol {
    std::int32_t id;
    std::int32_t previous, next;  // indices of neighbours, -1: none
  };
  struct Candidate {
    std::uint32_t rank;
    std::int32_t left;  // index of the left symbol
    std::int32_t left_id, right_id;
  };

  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::vector<Symbol> symbols_of(std::string_view word) const;
  void merge(std::vector<Symbol>& symbols) const;

  std::vector<std::string> bytes_;            // by id
  std::array<std::int32_t, 256> byte_token_;  // -1: no token
  std::int32_t unknown_byte_ = -1;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::unordered_map<std::string_view, std::int32_t> whole_words_;  // only for ignore_merges
};

}  // namespace trainbus
