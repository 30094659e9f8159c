#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/json_fields.hpp"
#include "text/token_index.hpp"
#include "text/tokenizer_json.hpp"
#include "text/tokenizer_json_pipeline.hpp"
#include "text/tokenizer_json_word_piece.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view remedy =
    "Use a model with a byte-level BPE (SmolLM2, Llama 3.0, OPT) or BERT's tokenizer.";
constexpr std::string_view sentence_piece =
    "SentencePiece tokenizers are not read. Use a model with a byte-level BPE (SmolLM2, Llama 3.0, "
    "OPT) or BERT's tokenizer.";

void check_bpe(const JsonFields& model) {
  if (const std::string type = model.text("type", "BPE"); type != "BPE")
    model.refuse("type", "\"BPE\" or \"WordPiece\"", type == "Unigram" ? sentence_piece : remedy);
  if (model.number("dropout", 0) != 0) model.refuse("dropout", "none", remedy);
  if (model.flag("byte_fallback", false)) model.refuse("byte_fallback", "false", sentence_piece);
  for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!model.text(key, "").empty()) model.refuse(key, "none", remedy);
  if (model.has("unk_token") && model.flag("fuse_unk", false))
    model.refuse("fuse_unk", "false", remedy);
}

// The tokens by id, from the vocabulary and the added tokens, without gaps.
class TokenTable {
 public:
  TokenTable(std::size_t count, const std::string& where)
      : tokens_(count), set_(count), where_(where) {}

  bool has(std::int64_t id) const { return in_range(id) && set_[static_cast<std::size_t>(id)]; }
  const std::string& at(std::int64_t id) const { return tokens_[static_cast<std::size_t>(id)]; }
  void set(std::int64_t id, std::string_view token) {
    if (!in_range(id))
      refuse(id, token, "but ids run without gaps from 0 to " + std::to_string(tokens_.size() - 1));
    if (has(id)) refuse(id, token, "which is also that of \"" + at(id) + "\"");
    tokens_[static_cast<std::size_t>(id)] = token;
    set_[static_cast<std::size_t>(id)] = true;
  }
  std::vector<std::string> take() { return std::move(tokens_); }

 private:
  bool in_range(std::int64_t id) const {
    return id >= 0 && static_cast<std::uint64_t>(id) < tokens_.size();
  }
  [[noreturn]] void refuse(std::int64_t id, std::string_view token, const std::string& why) const {
    throw UsageError(
        "token \"" + std::string(token) + "\" has the id " + std::to_string(id) + ", " + why,
        where_, "The file is damaged; get it again from its source.");
  }

  std::vector<std::string> tokens_;
  std::vector<bool> set_;
  const std::string& where_;
};

std::vector<JsonFields> added_tokens(const JsonFields& document) {
  std::vector<JsonFields> added;
  if (document.has("added_tokens"))
    for (const json::value& token : document.array("added_tokens"))
      added.emplace_back(token, document.where(), "added_tokens[].");
  return added;
}

AddedToken parse_added(const JsonFields& fields, bool in_vocabulary) {
  if (fields.flag("single_word", false))
    fields.refuse("single_word", "false", "Use a tokenizer without such tokens.");
  AddedToken token;
  token.id = static_cast<std::int32_t>(fields.integer("id", 0, INT32_MAX));
  token.special = fields.flag("special", false);
  token.normalized = fields.flag("normalized", !token.special);
  token.strip_left = fields.flag("lstrip", false);
  token.strip_right = fields.flag("rstrip", false);
  token.in_vocabulary = in_vocabulary;
  return token;
}

void parse_tokens(const JsonFields& document, const JsonFields& model, TokenizerSpec& spec) {
  const JsonFields vocabulary = model.object("vocab");
  const std::vector<JsonFields> added = added_tokens(document);
  std::size_t count = vocabulary.members().size();
  for (const JsonFields& token : added) count += vocabulary.has(token.text("content")) ? 0 : 1;
  TokenTable table(count, spec.where);
  for (const json::key_value_pair& entry : vocabulary.members())
    table.set(vocabulary.integer(entry.key(), 0, INT32_MAX), entry.key());
  for (const JsonFields& fields : added) {
    const std::string content = fields.text("content");
    const bool in_vocabulary = vocabulary.has(content);
    spec.added.push_back(parse_added(fields, in_vocabulary));
    const std::int32_t id = spec.added.back().id;
    if (!in_vocabulary)
      table.set(id, content);
    else if (vocabulary.integer(content, 0, INT32_MAX) != id)
      fields.refuse("id", "the same as in model.vocab");
  }
  spec.tokens = table.take();
}

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

void parse_bpe(const JsonFields& document, const JsonFields& model, TokenizerSpec& spec) {
  spec.ignore_merges = model.flag("ignore_merges", false);
  const TokenIndex index(spec);
  for (const json::value& merge : model.array("merges"))
    spec.merges.push_back(parse_merge(merge, index, model));
  if (model.has("unk_token")) spec.unknown_byte = index.at(model.text("unk_token"), "unk_token");
  parse_pipeline(document, spec);
}

}  // namespace

TokenizerSpec parse_tokenizer_json(std::string_view text, const std::string& where) {
  const json::value value = parse_json(text, where);
  const JsonFields document(value, where);
  const JsonFields model = document.object("model");
  const bool word_piece = model.text("type", "BPE") == "WordPiece";
  if (!word_piece) check_bpe(model);
  TokenizerSpec spec;
  spec.where = where;
  parse_tokens(document, model, spec);
  if (word_piece)
    parse_word_piece(document, spec);
  else
    parse_bpe(document, model, spec);
  check(spec);
  return spec;
}

}  // namespace trainbus
