// Hugging Face's tokenizer.json, both ways.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Throws UsageError naming `where` for a damaged file, and for any part (model, normalizer,
// pre-tokenizer, decoder, post-processor) that is not supported exactly. "truncation" and "padding"
// are not read. bos, eos, pad, unk and the chat template are not in this file.
TRAINBUS_EXPORT TokenizerSpec parse_tokenizer_json(std::string_view json, const std::string& where);

// A tokenizer.json with which Hugging Face's tokenizers package produces the same ids. If the spec
// was read from one, all that trainbus does not read stays in it.
TRAINBUS_EXPORT std::string format_tokenizer_json(const TokenizerSpec& spec);

}  // namespace trainbus
