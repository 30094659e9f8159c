// The tokenizer in the metadata of a GGUF file (tokenizer.ggml.*).
#pragma once

#include "core/export.hpp"
#include "formats/gguf.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Byte-level BPE ("gpt2") with a known pre-tokenizer: gpt-2, smollm or llama-bpe. Throws
// UsageError.
TRAINBUS_EXPORT TokenizerSpec tokenizer_spec_from_gguf(const GgufFile& file);

}  // namespace trainbus
