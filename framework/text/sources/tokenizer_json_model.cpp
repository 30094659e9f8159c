#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "text/sources/tokenizer_json_parts.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

// "Ġ t", or since tokenizers 0.20 ["Ġ", "t"].
std::pair<std::int32_t, std::int32_t> parse_merge(const json::value& merge, const TokenIndex& index,
                                                  const JsonFields& model) {
  if (merge.is_string()) return index.merge(merge.get_string());
  const json::array* parts = merge.if_array();
  if (parts == nullptr || parts->size() != 2 || !(*parts)[0].is_string() ||
      !(*parts)[1].is_string())
    model.refuse("merges", "pairs of tokens, not " + json_excerpt(merge));
  return {index.at((*parts)[0].get_string(), "a merge's left part"),
          index.at((*parts)[1].get_string(), "a merge's right part")};
}

BpeSpec parse_bpe(const JsonFields& model, const TokenizerSpec& spec) {
  if (model.number("dropout", 0) != 0)
    model.refuse("dropout", "none, since it makes ids random", unknown_part_remedy);
  BpeSpec bpe;
  const TokenIndex index(spec, TokenIndex::Of::Model);
  for (const json::value& merge : model.array("merges"))
    bpe.merges.push_back(parse_merge(merge, index, model));
  if (model.has("unk_token")) bpe.unknown = index.find(model.text("unk_token"));
  bpe.fuse_unknown = model.flag("fuse_unk", false);
  bpe.byte_fallback = model.flag("byte_fallback", false);
  bpe.ignore_merges = model.flag("ignore_merges", false);
  bpe.continuing_prefix = model.text("continuing_subword_prefix", "");
  bpe.end_suffix = model.text("end_of_word_suffix", "");
  return bpe;
}

UnigramSpec parse_unigram(const JsonFields& model) {
  UnigramSpec unigram;
  for (const json::value& token : model.array("vocab"))
    unigram.scores.push_back(token.get_array()[1].to_number<double>());
  if (model.has("unk_id")) {
    const auto last = static_cast<std::int64_t>(unigram.scores.size()) - 1;
    if (last < 0) model.refuse("vocab", "at least one token");
    unigram.unknown = static_cast<std::int32_t>(model.integer("unk_id", 0, last));
  }
  unigram.byte_fallback = model.flag("byte_fallback", false);
  return unigram;
}

WordPieceSpec parse_word_piece(const JsonFields& model, const TokenizerSpec& spec) {
  constexpr std::int64_t longest = 1 << 16;
  WordPieceSpec word_piece;
  word_piece.unknown = TokenIndex(spec).at(model.text("unk_token", "[UNK]"), "unk_token");
  word_piece.prefix = model.text("continuing_subword_prefix", "##");
  word_piece.longest_word = model.integer("max_input_chars_per_word", 1, longest, 100);
  return word_piece;
}

json::object vocabulary_of(const TokenizerSpec& spec) {
  const std::vector<bool> of_model = model_tokens(spec);
  json::object vocabulary;
  vocabulary.reserve(spec.tokens.size());
  for (std::size_t i = 0; i < spec.tokens.size(); ++i)
    if (of_model[i]) vocabulary.emplace(spec.tokens[i], i);
  return vocabulary;
}

// As texts, which all versions read; as pairs where a token has a blank in it.
json::array merges_of(const TokenizerSpec& spec, const BpeSpec& bpe) {
  bool blanks = false;
  for (const auto& [left, right] : bpe.merges)
    blanks |= spec.token(left).find(' ') != std::string::npos ||
              spec.token(right).find(' ') != std::string::npos;
  json::array merges;
  merges.reserve(bpe.merges.size());
  for (const auto& [left, right] : bpe.merges) {
    if (blanks)
      merges.push_back(json::array{spec.token(left), spec.token(right)});
    else
      merges.push_back(json::string(spec.token(left) + " " + spec.token(right)));
  }
  return merges;
}

json::value token_or_null(const TokenizerSpec& spec, const std::optional<std::int32_t>& id) {
  return id ? json::value(spec.token(*id)) : json::value();
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}

struct Format {
  const TokenizerSpec& spec;

  json::object operator()(const BpeSpec& bpe) const {
    return {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", token_or_null(spec, bpe.unknown)},
            {"continuing_subword_prefix", text_or_null(bpe.continuing_prefix)},
            {"end_of_word_suffix", text_or_null(bpe.end_suffix)},
            {"fuse_unk", bpe.fuse_unknown},
            {"byte_fallback", bpe.byte_fallback},
            {"ignore_merges", bpe.ignore_merges}};
  }
  json::object operator()(const UnigramSpec& unigram) const {
    return {{"type", "Unigram"},
            {"unk_id", unigram.unknown ? json::value(*unigram.unknown) : json::value()},
            {"byte_fallback", unigram.byte_fallback}};
  }
  json::object operator()(const WordPieceSpec& word_piece) const {
    return {{"type", "WordPiece"},
            {"unk_token", spec.token(word_piece.unknown)},
            {"continuing_subword_prefix", word_piece.prefix},
            {"max_input_chars_per_word", word_piece.longest_word}};
  }
  json::object operator()(const WordLevelSpec& word_level) const {
    return {{"type", "WordLevel"}, {"unk_token", spec.token(word_level.unknown)}};
  }
};

}  // namespace

void parse_unigram_tokens(const JsonFields& model, TokenizerSpec& spec) {
  for (const json::value& token : model.array("vocab")) {
    const json::array* pair = token.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_number())
      model.refuse("vocab", "pairs of a token and its score, not " + json_excerpt(token));
    spec.tokens.emplace_back((*pair)[0].get_string());
  }
  spec.model = UnigramSpec();  // whose tokens may repeat
}

void parse_model(const JsonFields& model, std::string_view type, TokenizerSpec& spec) {
  if (type == "BPE")
    spec.model = parse_bpe(model, spec);
  else if (type == "Unigram")
    spec.model = parse_unigram(model);
  else if (type == "WordPiece")
    spec.model = parse_word_piece(model, spec);
  else
    spec.model = WordLevelSpec{TokenIndex(spec).at(model.text("unk_token"), "unk_token")};
}

json::object format_model(const TokenizerSpec& spec) {
  return std::visit(Format{spec}, spec.model);
}

void put_vocabulary(const TokenizerSpec& spec, json::object& model) {
  if (const auto* unigram = std::get_if<UnigramSpec>(&spec.model)) {
    json::array vocabulary;
    for (std::size_t i = 0; i < unigram->scores.size(); ++i)
      vocabulary.push_back(json::array{spec.tokens[i], unigram->scores[i]});
    model["vocab"] = std::move(vocabulary);
    return;
  }
  model["vocab"] = vocabulary_of(spec);
  if (const auto* bpe = std::get_if<BpeSpec>(&spec.model)) model["merges"] = merges_of(spec, *bpe);
}

}  // namespace trainbus
