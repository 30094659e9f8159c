// Finds tokens by their text, and checks that a tokenizer's parts are consistent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Views into the spec, which must outlive it.
class TokenIndex {
 public:
  // Throws UsageError if two tokens have the same text.
  explicit TokenIndex(const TokenizerSpec& spec);

  std::size_t size() const { return spec_.tokens.size(); }
  std::optional<std::int32_t> find(std::string_view token) const;
  // Throws UsageError if there is no such token. role: for the message, "bos_token".
  std::int32_t at(std::string_view token, std::string_view role) const;
  // The parts of a merge in its text form, "Ġ t".
  std::pair<std::int32_t, std::int32_t> merge(std::string_view text) const;

 private:
  const TokenizerSpec& spec_;
  std::unordered_map<std::string_view, std::int32_t> ids_;
};

// Throws UsageError if any id in the spec is not a token's.
void check(const TokenizerSpec& spec);

}  // namespace trainbus
