// The steps from a piece of text to its ids, for one kind of vocabulary. Internal to Tokenizer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Immutable; threads may share it. All texts are valid UTF-8, all ids in range.
class Pipeline {
 public:
  virtual ~Pipeline() = default;

  virtual std::string normalize(std::string_view text) const = 0;
  // The words that tokens never cross: views into a normalised text.
  virtual std::vector<std::string_view> words(std::string_view text) const = 0;
  // Appends one word's tokens.
  virtual void encode(std::string_view word, std::vector<std::int32_t>& ids) const = 0;
  // Bytes, which need not be UTF-8.
  virtual std::string decode(std::span<const std::int32_t> ids) const = 0;
};

// The spec must outlive it. Throws UsageError naming spec.where if its parts do not fit together.
std::unique_ptr<Pipeline> make_pipeline(const TokenizerSpec& spec);

}  // namespace trainbus
