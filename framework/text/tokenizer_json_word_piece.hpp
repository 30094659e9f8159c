// The BERT-specific parts of a tokenizer.json. Internal to its reader and writer.
#pragma once

#include <boost/json/object.hpp>

#include "formats/json_fields.hpp"
#include "text/token_index.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

// Sets spec.word_piece, prefix and suffix; spec.tokens must be set. Throws UsageError for a step
// that is not supported exactly.
void parse_word_piece(const JsonFields& document, TokenizerSpec& spec);

// The objects that format_tokenizer_json writes for such a spec.
boost::json::object bert_normalizer(const WordPieceSpec& rules);
boost::json::object word_piece_decoder(const WordPieceSpec& rules);
// vocabulary: of the model, by token.
boost::json::object word_piece_model(const TokenizerSpec& spec, boost::json::object vocabulary);

}  // namespace trainbus
