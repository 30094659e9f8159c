// GPT-2's older vocabulary files: vocab.json (token to id) and merges.txt (a merge a line).
#pragma once

#include <filesystem>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// folder: with vocab.json and merges.txt, and tokenizer_config.json, special_tokens_map.json and
// added_tokens.json if there are special or added tokens. Of GPT-2's kind, as OPT is published, or
// of RoBERTa's, which puts cls and sep around a text. Throws UsageError, also for a tokenizer class
// that splits text otherwise.
TokenizerSpec load_vocab_json(const std::filesystem::path& folder);

}  // namespace trainbus
