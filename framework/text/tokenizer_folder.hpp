// A tokenizer as it lies on disk: a Hugging Face folder, a tokenizer.json, or inside a GGUF file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/export.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// path: a folder with tokenizer.json (and tokenizer_config.json, for the special tokens and the
// chat template), with vocab.json and merges.txt, or with vocab.txt, of BERT; such a
// tokenizer.json; or a GGUF file. Throws UsageError.
TRAINBUS_EXPORT Tokenizer load_tokenizer(const std::filesystem::path& path);

// Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json into the folder, which
// must exist; each file all or nothing. Entries of tokenizer_config.json that are not understood
// are kept. max_length: the model's positions, as transformers truncates to. Throws UsageError if a
// token is not UTF-8, RunError if the disk refuses.
TRAINBUS_EXPORT void save_tokenizer(const TokenizerSpec& spec, const std::filesystem::path& folder,
                                    std::int64_t max_length);

}  // namespace trainbus
