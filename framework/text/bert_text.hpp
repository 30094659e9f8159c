// How BERT prepares a text for WordPiece: its normaliser and its word splitter, character by
// character as Hugging Face's BertNormalizer and BertPreTokenizer do it. (Source:
// google-research/bert, tokenization.py, BasicTokenizer.) Unicode properties are those of
// utf8proc's tables: of all code points, 625 that entered Unicode after version 8, which theirs
// know, or after 15, are treated differently.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// As the spec asks, in this order: drops control characters and turns white space into blanks, puts
// blanks around Chinese characters, drops accents (nonspacing marks after NFD), lower-cases. text:
// valid UTF-8.
TRAINBUS_EXPORT std::string bert_normalize(std::string_view text, const WordPieceSpec& spec);

// Words between white space; each punctuation character is a word of its own. Views into text,
// which must be valid UTF-8.
TRAINBUS_EXPORT std::vector<std::string_view> bert_words(std::string_view text);

}  // namespace trainbus
