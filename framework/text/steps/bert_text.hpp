// BERT's text preparation: its normaliser and its word splitter, identical to Hugging Face's
// BertNormalizer and BertPreTokenizer. (Source: google-research/bert, tokenization.py,
// BasicTokenizer.) Unicode properties come from utf8proc's tables: 625 code points, added to
// Unicode after version 8 (Hugging Face's tables) or after 15, are treated differently.
#pragma once

#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/steps/aligned_text.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// The steps that are enabled, in this order: drops control characters and turns white space into
// blanks, puts blanks around Chinese characters, drops accents (nonspacing marks after NFD),
// lower-cases.
TRAINBUS_EXPORT void bert_normalize(AlignedText& text, const normalize::Bert& rules);

// Words between white space; each punctuation character is a word of its own. The bytes of
// each, in order.
TRAINBUS_EXPORT std::vector<ByteRange> bert_words(std::string_view text);

}  // namespace trainbus
