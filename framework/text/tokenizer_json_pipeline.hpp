// The steps before and after the model in a tokenizer.json. Internal to its reader.
#pragma once

#include "formats/json_fields.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// For byte-level BPE: sets nfc, split_patterns, prefix and suffix. Throws UsageError for a step
// that is not supported.
void parse_pipeline(const JsonFields& document, TokenizerSpec& spec);

// Sets prefix and suffix only.
void parse_post_processor(const JsonFields& document, TokenizerSpec& spec);

}  // namespace trainbus
