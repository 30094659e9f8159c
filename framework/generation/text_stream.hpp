// Generated tokens as text, token by token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// The text of these ids. Those without a token, which models with a padded vocabulary can choose,
// are left out.
TRAINBUS_EXPORT std::string generated_text(const Tokenizer& tokenizer,
                                           std::span<const std::int32_t> ids);

// Text is given out as soon as it is certain: never a part of a character. Each token costs the
// decoding of a few. Where bytes that are no text come between (each becomes U+FFFD), they are held
// until text follows them, or the end.
class TRAINBUS_EXPORT TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  std::string add(std::int32_t id);  // what has become certain; may be empty
  std::string finish();              // what was held

 private:
  std::string next(bool certain);

  const Tokenizer* tokenizer_;
  std::vector<std::int32_t> ids_;
  // Tokens are decoded from here on, a few before the first whose text is not out, since a token's
  // text depends on its neighbours.
  std::size_t window_ = 0;
  std::size_t out_ = 0;  // of how many tokens the text is out
};

// Texts that end a generation.
class TRAINBUS_EXPORT StopTexts {
 public:
  // None of them empty.
  explicit StopTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  // Where in the text the first of them begins; ends before `from` were looked for already.
  std::optional<std::size_t> find(std::string_view text, std::size_t from) const;
  // How many bytes at the text's end may be the beginning of one.
  std::size_t begun(std::string_view text) const;

 private:
  std::vector<std::string> texts_;
};

}  // namespace trainbus
