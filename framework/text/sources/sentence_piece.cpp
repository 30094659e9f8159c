#include "text/sources/sentence_piece.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <system_error>
#include <utility>
#include <variant>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/foreign_file.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"
#include "text/sources/special_tokens.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::string mark(blank_mark);

using Kind = PairPiece::Kind;

std::int32_t new_token(TokenizerSpec& spec, const std::string& text) {
  for (std::size_t i = 0; i < spec.tokens.size(); ++i)
    if (spec.tokens[i] == text) return static_cast<std::int32_t>(i);
  AddedToken token;
  token.id = static_cast<std::int32_t>(spec.tokens.size());
  token.special = true;
  // transformers puts it into the model's list, where it is found in text that is taken as text.
  if (auto* unigram = std::get_if<UnigramSpec>(&spec.model)) {
    unigram->scores.push_back(0);
    token.in_vocabulary = true;
  }
  spec.tokens.push_back(text);
  spec.added.push_back(token);
  return token.id;
}

// Around one text, and around two.
void put_template(TokenizerSpec& spec, std::vector<std::int32_t> prefix,
                  std::vector<std::int32_t> suffix, const std::vector<PairPiece>& between,
                  std::int32_t second_type) {
  spec.pair.clear();
  for (const std::int32_t id : prefix) spec.pair.push_back({Kind::Token, id, 0});
  spec.pair.push_back({Kind::First, 0, 0});
  spec.pair.insert(spec.pair.end(), between.begin(), between.end());
  spec.pair.push_back({Kind::Second, 0, second_type});
  for (const std::int32_t id : suffix) spec.pair.push_back({Kind::Token, id, second_type});
  spec.prefix = std::move(prefix);
  spec.suffix = std::move(suffix);
}

// Each text between the beginning and the end token, as Llama's settings say.
void put_ends(TokenizerSpec& spec, bool add_bos, bool add_eos) {
  std::vector<std::int32_t> prefix, suffix;
  if (add_bos && spec.bos) prefix.push_back(*spec.bos);
  if (add_eos && spec.eos) suffix.push_back(*spec.eos);
  std::vector<PairPiece> between;
  for (const std::int32_t id : suffix) between.push_back({Kind::Token, id, 0});
  for (const std::int32_t id : prefix) between.push_back({Kind::Token, id, 1});
  put_template(spec, prefix, suffix, between, 1);
}

// transformers gives the blank before a text as a step, not in the normaliser.
void mark_first_word(TokenizerSpec& spec, bool always) {
  using pre_tokenize::Prepend;
  std::erase_if(spec.normalizers, [](const NormalizerStep& step) {
    return std::holds_alternative<normalize::Prepend>(step) ||
           std::holds_alternative<normalize::Replace>(step);
  });
  spec.pre_tokenizers = {
      pre_tokenize::Metaspace{mark, always ? Prepend::Always : Prepend::First, false}};
}

// XLM-RoBERTa's ids: four tokens of its own, then the pieces behind SentencePiece's first three.
void make_xlm_roberta(TokenizerSpec& spec) {
  auto* unigram = std::get_if<UnigramSpec>(&spec.model);
  if (unigram == nullptr || spec.tokens.size() < 3)
    throw UsageError("is no unigram model of three pieces or more, as XLM-RoBERTa's is", spec.where,
                     "Correct tokenizer_class in tokenizer_config.json.");
  spec.tokens.erase(spec.tokens.begin(), spec.tokens.begin() + 3);
  const char* own[] = {"<s>", "<pad>", "</s>", "<unk>"};
  spec.tokens.insert(spec.tokens.begin(), std::begin(own), std::end(own));
  unigram->scores.erase(unigram->scores.begin(), unigram->scores.begin() + 3);
  unigram->scores.insert(unigram->scores.begin(), 4, 0.0);
  unigram->unknown = 3;
  std::vector<AddedToken> added;
  for (std::int32_t id = 0; id < 4; ++id)
    added.push_back({.id = id, .special = true, .in_vocabulary = true});
  for (AddedToken token : spec.added) {
    if (token.id < 3) continue;
    ++token.id;
    added.push_back(token);
  }
  spec.added = std::move(added);
  spec.bos = spec.cls = 0;
  spec.pad = 1;
  spec.eos = spec.sep = 2;
  spec.unk = 3;
  spec.mask = new_token(spec, "<mask>");
  for (AddedToken& token : spec.added)
    if (token.id == *spec.mask) token.strip_left = true;
  put_template(spec, {0}, {2}, {{Kind::Token, 2, 0}, {Kind::Token, 2, 0}}, 0);
}

// "<extra_id_0>" has the highest id.
void make_t5(TokenizerSpec& spec, const JsonFields& settings) {
  constexpr std::int64_t most = 4096;
  for (std::int64_t i = settings.integer("extra_ids", 0, most, 100); i-- > 0;)
    new_token(spec, "<extra_id_" + std::to_string(i) + ">");
  std::vector<std::int32_t> suffix;
  if (spec.eos) suffix.push_back(*spec.eos);
  std::vector<PairPiece> between;
  for (const std::int32_t id : suffix) between.push_back({Kind::Token, id, 0});
  put_template(spec, {}, suffix, between, 0);
}

void make_special(TokenizerSpec& spec, std::int32_t id) {
  for (AddedToken& token : spec.added)
    if (token.id == id) token.special = true;
}

void make_llama(TokenizerSpec& spec, const JsonFields& settings, bool gemma) {
  if (!gemma) mark_first_word(spec, settings.flag("legacy", false));
  // In Gemma's model these are texts that are never cut, not control tokens.
  for (const char* name : {"<start_of_turn>", "<end_of_turn>", "<mask>"})
    for (std::size_t i = 0; gemma && i < spec.tokens.size(); ++i)
      if (spec.tokens[i] == name) make_special(spec, static_cast<std::int32_t>(i));
  put_ends(spec, settings.flag("add_bos_token", true), settings.flag("add_eos_token", false));
}

void apply_class(TokenizerSpec& spec, const JsonFields& settings) {
  std::string name = settings.text("tokenizer_class", "");
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (name.empty())
    put_ends(spec, std::holds_alternative<BpeSpec>(spec.model), false);
  else if (is_one_of({"LlamaTokenizer", "CodeLlamaTokenizer", "MistralTokenizer"}))
    make_llama(spec, settings, false);
  else if (name == "GemmaTokenizer")
    make_llama(spec, settings, true);
  else if (is_one_of({"T5Tokenizer", "MT5Tokenizer"}))
    make_t5(spec, settings);
  else if (name == "XLMRobertaTokenizer")
    make_xlm_roberta(spec);
  else
    settings.refuse("tokenizer_class",
                    "LlamaTokenizer, GemmaTokenizer, T5Tokenizer or XLMRobertaTokenizer beside a "
                    "SentencePiece model",
                    "Make tokenizer.json: python -c \"from transformers import AutoTokenizer as T; "
                    "T.from_pretrained('FOLDER').save_pretrained('FOLDER')\"");
}

// The special tokens that the settings name.
void read_roles(TokenizerSpec& spec, const JsonFields& settings) {
  const TokenIndex index(spec);
  for (const SpecialRole& role : special_roles)
    if (const auto token = named_token(settings, role.key)) {
      spec.*role.id = role_id(index, role.key, *token, settings);
      if (spec.*role.id) make_special(spec, *(spec.*role.id));
    }
}

}  // namespace

std::string sentence_piece_file(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
                           "spm.model", "sentencepiece.model"})
    if (fs::exists(folder / name, ignored)) return name;
  return {};
}

TokenizerSpec load_sentence_piece(const fs::path& path) {
  const MappedFile file(path);
  refuse_foreign(file.text(), path, FileKind::Text);
  TokenizerSpec spec = sentence_piece_spec(parse_sentence_piece_model(file.text(), path.string()));
  const fs::path config = path.parent_path() / "tokenizer_config.json";
  std::error_code ignored;
  json::value document = json::object();
  if (fs::exists(config, ignored)) {
    const MappedFile settings(config);
    refuse_foreign(settings.text(), config, FileKind::Text);
    document =
        parse_json(settings.text(), config.string(), {.python_numbers = PythonNumbers::AsText});
  }
  const JsonFields settings(document, config.string());
  apply_class(spec, settings);
  read_roles(spec, settings);
  check(spec);
  return spec;
}

}  // namespace trainbus
