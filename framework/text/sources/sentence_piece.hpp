// Tokenizers from SentencePiece vocabularies, as transformers builds them.
#pragma once

#include <filesystem>

#include "core/export.hpp"
#include "text/sources/sentence_piece_model.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Pieces, scores and normalisation as tokens and steps, with SentencePiece's ids; without what puts
// special tokens around a text. Throws UsageError.
TokenizerSpec sentence_piece_spec(SentencePieceModel model);

// The name of the SentencePiece model in a folder; empty: none.
std::string sentence_piece_file(const std::filesystem::path& folder);

// path: a SentencePiece model. The tokenizer_config.json beside it, if there is one, names the
// class that decides about special tokens, the blank before a text and shifted ids: Llama's (also
// Mistral's, Code Llama's), Gemma's, T5's or XLM-RoBERTa's. Without one, it is SentencePiece's own
// way, with the beginning token of a BPE model before the text. Throws UsageError.
TokenizerSpec load_sentence_piece(const std::filesystem::path& path);

}  // namespace trainbus
