// BERT's text preparation for WordPiece: its normaliser and its word splitter, identical to Hugging
// Face's BertNormalizer and BertPreTokenizer. (Source: google-research/bert, tokenization.py,
// BasicTokenizer.) Unicode properties come from utf8proc's tables: 625 code points, added to
// Unicode after version 8 (Hugging Face's tables) or after 15, are treated differently.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// The steps that the spec enables, in this order: drops control characters and turns white space
// into blanks, puts blanks around Chinese characters, drops accents (nonspacing marks after NFD),
// lower-cases. text: valid UTF-8.
TRAINBUS_EXPORT std::string bert_normalize(std::string_view text, const WordPieceSpec& spec);

// Words between white space; each punctuation character is a word of its own. Views into text,
// which must be valid UTF-8.
TRAINBUS_EXPORT std::vector<std::string_view> bert_words(std::string_view text);

}  // namespace trainbus
