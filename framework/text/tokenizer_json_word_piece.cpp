#include "text/tokenizer_json_word_piece.hpp"

#include <string_view>
#include <utility>

#include "text/tokenizer_json_pipeline.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view remedy = "Use a model with BERT's tokenizer.";

void check_type(const JsonFields& document, std::string_view key, std::string_view type) {
  if (!document.has(key)) document.refuse(key, "\"" + std::string(type) + "\"", remedy);
  const JsonFields step = document.object(key);
  if (step.text("type") != type) step.refuse("type", "\"" + std::string(type) + "\"", remedy);
}

void parse_normalizer(const JsonFields& document, WordPieceSpec& rules) {
  check_type(document, "normalizer", "BertNormalizer");
  const JsonFields step = document.object("normalizer");
  rules.clean_text = step.flag("clean_text", true);
  rules.split_chinese = step.flag("handle_chinese_chars", true);
  rules.lower_case = step.flag("lowercase", true);
  rules.strip_accents = step.flag("strip_accents", rules.lower_case);  // null: as lowercase
}

}  // namespace

void parse_word_piece(const JsonFields& document, TokenizerSpec& spec) {
  constexpr std::int64_t longest = 1 << 16;
  const JsonFields model = document.object("model");
  WordPieceSpec& rules = spec.word_piece.emplace();
  rules.unknown = TokenIndex(spec).at(model.text("unk_token", "[UNK]"), "unk_token");
  rules.prefix = model.text("continuing_subword_prefix", "##");
  rules.longest_word = model.integer("max_input_chars_per_word", 1, longest, 100);
  parse_normalizer(document, rules);
  check_type(document, "pre_tokenizer", "BertPreTokenizer");
  parse_post_processor(document, spec);
  check_type(document, "decoder", "WordPiece");
  const JsonFields decoder = document.object("decoder");
  if (decoder.text("prefix", "##") != rules.prefix)
    decoder.refuse("prefix", "the model's continuing_subword_prefix", remedy);
  rules.cleanup = decoder.flag("cleanup", true);
}

json::object bert_normalizer(const WordPieceSpec& rules) {
  return {{"type", "BertNormalizer"},
          {"clean_text", rules.clean_text},
          {"handle_chinese_chars", rules.split_chinese},
          {"strip_accents", rules.strip_accents},
          {"lowercase", rules.lower_case}};
}

json::object word_piece_decoder(const WordPieceSpec& rules) {
  return {{"type", "WordPiece"}, {"prefix", rules.prefix}, {"cleanup", rules.cleanup}};
}

json::object word_piece_model(const TokenizerSpec& spec, json::object vocabulary) {
  return {{"type", "WordPiece"},
          {"unk_token", spec.token(spec.word_piece->unknown)},
          {"continuing_subword_prefix", spec.word_piece->prefix},
          {"max_input_chars_per_word", spec.word_piece->longest_word},
          {"vocab", std::move(vocabulary)}};
}

}  // namespace trainbus
