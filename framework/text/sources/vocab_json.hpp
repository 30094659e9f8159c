// GPT-2's older vocabulary files: vocab.json (token to id) and merges.txt (one merge per line).
#pragma once

#include <filesystem>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// folder: with vocab.json and merges.txt, and tokenizer_config.json, special_tokens_map.json and
// added_tokens.json if there are special or added tokens. Either like GPT-2's, as OPT is published,
// or like RoBERTa's, which puts cls and sep around a text. Throws UsageError, also for a tokenizer
// class that splits text differently.
TokenizerSpec load_vocab_json(const std::filesystem::path& folder);

}  // namespace trainbus
