// The tokenizer in the metadata of a GGUF file (tokenizer.ggml.*).
#pragma once

#include "core/export.hpp"
#include "formats/gguf/gguf.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Byte-level BPE ("gpt2") with one of llama.cpp's pre-tokenizers, SentencePiece's BPE ("llama") and
// unigram model ("t5"), and BERT's WordPiece ("bert"). The ids are those of Hugging Face's
// tokenizer of the model that was converted. Throws UsageError.
TRAINBUS_EXPORT TokenizerSpec tokenizer_spec_from_gguf(const GgufFile& file);

}  // namespace trainbus
