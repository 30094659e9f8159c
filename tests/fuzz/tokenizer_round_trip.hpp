// What holds for every tokenizer that a file makes: it encodes any text, decodes what it encoded,
// says where in the text its tokens stand, and gives the same ids after it was written as a
// tokenizer.json and read again.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/error.hpp"
#include "fuzz/own_output.hpp"
#include "text/sources/tokenizer_json.hpp"
#include "text/tokenizer.hpp"

namespace trainbus::fuzz {

// None if the pattern of its file explodes on this text, which is refused.
inline std::optional<std::vector<std::int32_t>> ids(const Tokenizer& tokenizer,
                                                    std::string_view text) try {
  const std::vector<std::int32_t> whole = tokenizer.encode_whole(text);
  tokenizer.decode(whole);
  const EncodedText encoded = tokenizer.encode_with_offsets(text);
  if (encoded.ids != tokenizer.encode(text)) std::abort();
  if (encoded.offsets.size() != encoded.ids.size()) std::abort();
  for (const TokenOffsets& token : encoded.offsets)
    if (token.begin < 0 || token.begin > token.end ||
        token.end > static_cast<std::int64_t>(text.size()))
      std::abort();
  return whole;
} catch (const UsageError&) {
  return std::nullopt;
}

inline void require_round_trip(const TokenizerSpec& spec, std::string_view text) {
  const Tokenizer tokenizer(spec);
  const Tokenizer again = own_output(
      [&] { return Tokenizer(parse_tokenizer_json(format_tokenizer_json(spec), "again")); });
  for (const std::string_view part :
       {text, std::string_view("Two  words,\tÜ 12 <s>ab 語e\xCC\x81\n")})
    if (ids(tokenizer, part) != ids(again, part)) std::abort();
}

}  // namespace trainbus::fuzz
