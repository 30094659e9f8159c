// Loads and saves tokenizers: a Hugging Face folder, a file of one, or the one inside a GGUF file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/export.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// path: a folder with tokenizer.json (and tokenizer_config.json, for the special tokens and the
// chat template), with vocab.json and merges.txt, with SentencePiece's tokenizer.model, or with
// BERT's vocab.txt; one of these files; or a GGUF file, with or without weights. Throws UsageError.
TRAINBUS_EXPORT Tokenizer load_tokenizer(const std::filesystem::path& path);

// Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json into the folder, which
// must exist; each file atomically. Entries of tokenizer_config.json that trainbus does not read
// are kept. max_length: the model's positions, to which transformers truncates. Throws UsageError
// if a token is not UTF-8, RunError if writing fails.
TRAINBUS_EXPORT void save_tokenizer(const TokenizerSpec& spec, const std::filesystem::path& folder,
                                    std::int64_t max_length);

}  // namespace trainbus
