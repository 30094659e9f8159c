// The parts of a tokenizer.json, both ways. Internal to its reader and writer.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "formats/json_fields.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

inline constexpr std::string_view unknown_part_remedy =
    "Take a model whose tokenizer has only the parts named here.";

// The readers throw UsageError for a part that would be computed otherwise.

// Sets the model; tokens and added tokens must be set. type: BPE, Unigram, WordPiece or WordLevel.
void parse_model(const JsonFields& model, std::string_view type, TokenizerSpec& spec);
// The token list of a unigram model: [["▁the", -2.5], …].
void parse_unigram_tokens(const JsonFields& model, TokenizerSpec& spec);
// Sets the normalisers, pre-tokenizers and decoders.
void parse_steps(const JsonFields& document, TokenizerSpec& spec);
// Sets prefix, suffix, pair and trim.
void parse_post_processor(const JsonFields& document, TokenizerSpec& spec);

// Everything of the model but "vocab" and "merges".
boost::json::object format_model(const TokenizerSpec& spec);
// Puts "vocab" and, for BPE, "merges" into the object.
void put_vocabulary(const TokenizerSpec& spec, boost::json::object& model);
// Sets "normalizer", "pre_tokenizer" and "decoder".
void format_steps(const TokenizerSpec& spec, boost::json::object& document);
boost::json::value format_post_processor(const TokenizerSpec& spec);

}  // namespace trainbus
