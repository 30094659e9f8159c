// Finds tokens by their text, and checks that a tokenizer's parts are consistent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Views into the spec, which must outlive it.
class TokenIndex {
 public:
  enum class Of { All, Model };  // Model: without tokens that are only added
  // Throws UsageError if two tokens have the same text; in a unigram model, where that happens, the
  // last one counts.
  explicit TokenIndex(const TokenizerSpec& spec, Of which = Of::All);

  std::size_t size() const { return spec_.tokens.size(); }
  const std::unordered_map<std::string_view, std::int32_t>& all() const { return ids_; }
  std::optional<std::int32_t> find(std::string_view token) const;
  // Throws UsageError if there is no such token. role: for the message, "bos_token".
  std::int32_t at(std::string_view token, std::string_view role) const;
  // The parts of a merge in its text form, "Ġ t".
  std::pair<std::int32_t, std::int32_t> merge(std::string_view text) const;

 private:
  const TokenizerSpec& spec_;
  std::unordered_map<std::string_view, std::int32_t> ids_;
};

// By id: whether the model has the token, which is neither only added nor unused.
std::vector<bool> model_tokens(const TokenizerSpec& spec);

// Throws UsageError if any id in the spec is not a token's.
void check(const TokenizerSpec& spec);

}  // namespace trainbus
