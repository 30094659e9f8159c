// Hugging Face's tokenizer.json, both ways, for byte-level BPE and BERT's WordPiece.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Throws UsageError naming `where` for what is damaged, and for any part (model, normalizer,
// pre-tokenizer, decoder, post-processor) that would be computed otherwise than written.
// "truncation" and "padding" are settings of one use and are not read. bos, eos, pad, unk and the
// chat template are not in this file.
TRAINBUS_EXPORT TokenizerSpec parse_tokenizer_json(std::string_view json, const std::string& where);

// A tokenizer.json from which the tokenizers package makes the same ids.
TRAINBUS_EXPORT std::string format_tokenizer_json(const TokenizerSpec& spec);

}  // namespace trainbus
