// From bytes of a text to code points, and the white space that offsets leave out. Internal to
// Tokenizer.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "text/encoder.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// text: valid UTF-8, in which the tokens stand.
std::vector<TokenOffsets> code_point_offsets(std::string_view text,
                                             std::span<const TextToken> tokens);

// Leaves out the white space that a token's text begins and ends with, as Hugging Face's ByteLevel
// post-processor does; the text of an added token is what it matched, white space included.
void trim_offsets(const TokenizerSpec& spec, std::string_view text,
                  std::span<const TextToken> tokens, std::span<TokenOffsets> offsets);

}  // namespace trainbus
