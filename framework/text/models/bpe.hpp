// Byte-pair encoding: merges the bytes or the characters of a word into tokens, best rank first.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/models/flat_map.hpp"
#include "text/models/token_model.hpp"
#include "text/token_index.hpp"

namespace trainbus {

class Bpe final : public TokenModel {
 public:
  // rules: spec.model. Takes bytes or characters, see takes_bytes. Throws UsageError if a merge's
  // result is no token.
  Bpe(const TokenizerSpec& spec, const BpeSpec& rules);

  // Time O(n log n) in the word's length.
  void encode(std::string_view word, std::vector<WordToken>& tokens) const override;
  bool cuts_before_marks() const override { return cuts_before_marks_; }

 private:
  struct Merge {
    std::uint32_t rank;
    std::int32_t result;
  };
  struct Symbol {
    std::int32_t id;
    std::uint32_t bytes;          // of the word; 0: merged into the symbol before it
    std::int32_t previous, next;  // indices of neighbours, -1: none
  };
  class Symbols;

  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  void read_bytes(const TokenIndex& tokens);
  void read_characters(const TokenIndex& tokens);
  void add_merges(const TokenizerSpec& spec, const TokenIndex& tokens);
  bool borders_hold_before_marks(const TokenizerSpec& spec) const;
  std::int32_t character_token(std::string_view character, bool first, bool last) const;
  void byte_symbols(std::string_view word, Symbols& symbols) const;
  void character_symbols(std::string_view word, Symbols& symbols) const;
  void merge(std::vector<Symbol>& symbols) const;
  void shift_for_dropped_bytes(std::string_view word, WordToken* begin, WordToken* end) const;

  const BpeSpec& rules_;
  const bool of_bytes_;
  const std::int32_t unknown_;                  // -1: none
  std::array<std::int32_t, 256> byte_token_{};  // of bytes, or "<0xE4>"; -1: no token
  FlatMap<std::int32_t> character_token_;       // by code point
  FlatMap<Merge> merges_;
  std::optional<TokenIndex> tokens_;  // where words or marked characters are looked up
  std::unordered_map<std::string, std::int32_t> whole_words_;  // only for ignore_merges of bytes
  bool cuts_before_marks_ = false;
};

}  // namespace trainbus
