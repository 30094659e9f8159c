// BERT's older vocabulary file: vocab.txt, one token per line; its id is the line number, from 0.
#pragma once

#include <filesystem>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

// folder: with vocab.txt, and tokenizer_config.json if its settings differ from transformers'
// defaults (lower case; [UNK], [CLS], [SEP], [PAD], [MASK]). Throws UsageError.
TokenizerSpec load_vocab_txt(const std::filesystem::path& folder);

}  // namespace trainbus
