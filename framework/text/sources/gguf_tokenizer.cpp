#include "text/sources/gguf_tokenizer.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/sources/ggml_pre_tokenizer.hpp"
#include "text/sources/sentence_piece.hpp"
#include "text/sources/special_tokens.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

// tokenizer.ggml.token_type, as llama.cpp numbers it; the same as SentencePiece's.
using Type = SentencePieceModel::Type;

[[noreturn]] void refuse(const GgufFile& file, const std::string& what) {
  throw UsageError(what, file.path().string(), "Convert the model again with a current llama.cpp.");
}

template <typename T>
T require(const GgufFile& file, std::string_view key, std::optional<T> value) {
  if (!value) refuse(file, "metadata \"" + std::string(key) + "\" is missing");
  return *std::move(value);
}

std::vector<std::string_view> tokens_of(const GgufFile& file) {
  constexpr std::string_view key = "tokenizer.ggml.tokens";
  return require(file, key, file.texts(key));
}

std::optional<std::vector<double>> numbers_of(const GgufFile& file, std::string_view key) {
  const GgufValue* value = file.value(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(value);
  auto numbers = array == nullptr ? std::nullopt : gguf_numbers(*array);
  if (!numbers) refuse(file, "metadata \"" + std::string(key) + "\" is no array of numbers");
  return numbers;
}

std::vector<Type> types_of(const GgufFile& file, std::size_t tokens) {
  constexpr std::string_view key = "tokenizer.ggml.token_type";
  std::vector<Type> types;
  for (const std::int64_t type : require(file, key, file.integers(key)))
    types.push_back(static_cast<Type>(type));
  if (types.size() != tokens)
    refuse(file, "has " + std::to_string(tokens) + " tokens, but types of " +
                     std::to_string(types.size()));
  return types;
}

std::optional<std::int32_t> token_id(const GgufFile& file, std::string_view key,
                                     std::size_t tokens) {
  const std::optional<std::int64_t> id = file.integer(key);
  if (!id) return std::nullopt;
  if (*id < 0 || static_cast<std::uint64_t>(*id) >= tokens)
    refuse(file, "metadata \"" + std::string(key) + "\" is " + std::to_string(*id) +
                     ", but there are " + std::to_string(tokens) + " tokens");
  return static_cast<std::int32_t>(*id);
}

void read_roles(const GgufFile& file, TokenizerSpec& spec) {
  const auto read = [&](std::optional<std::int32_t>& role, std::string_view key) {
    if (const auto id = token_id(file, key, spec.tokens.size())) role = id;
  };
  read(spec.bos, "tokenizer.ggml.bos_token_id");
  read(spec.eos, "tokenizer.ggml.eos_token_id");
  read(spec.pad, "tokenizer.ggml.padding_token_id");
  read(spec.unk, "tokenizer.ggml.unknown_token_id");
  read(spec.cls, "tokenizer.ggml.cls_token_id");
  read(spec.sep, "tokenizer.ggml.seperator_token_id");  // spelled so by llama.cpp
  read(spec.mask, "tokenizer.ggml.mask_token_id");
}

// The tokens around a text; add_bos and add_eos: llama.cpp's defaults for this kind.
void put_ends(const GgufFile& file, bool add_bos, bool add_eos, TokenizerSpec& spec) {
  if (spec.bos && file.flag("tokenizer.ggml.add_bos_token").value_or(add_bos))
    spec.prefix.push_back(*spec.bos);
  if (spec.eos && file.flag("tokenizer.ggml.add_eos_token").value_or(add_eos))
    spec.suffix.push_back(*spec.eos);
}

void add_tokens(const GgufFile& file, TokenizerSpec& spec) {
  const std::vector<std::string_view> tokens = tokens_of(file);
  const std::vector<Type> types = types_of(file, tokens.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    spec.tokens.emplace_back(tokens[i]);
    if (types[i] != Type::Control && types[i] != Type::UserDefined) continue;
    AddedToken token;
    token.id = static_cast<std::int32_t>(i);
    token.special = types[i] == Type::Control;
    token.in_vocabulary = true;
    spec.added.push_back(token);
  }
}

TokenizerSpec byte_level_bpe(const GgufFile& file) {
  TokenizerSpec spec;
  spec.where = file.path().string();
  constexpr std::string_view pre_key = "tokenizer.ggml.pre";
  GgmlPreTokenizer pre = ggml_pre_tokenizer(require(file, pre_key, file.text(pre_key)), spec.where);
  spec.normalizers = std::move(pre.normalizers);
  spec.pre_tokenizers = std::move(pre.steps);
  spec.decoders = {decode::ByteLevel{}};
  add_tokens(file, spec);
  BpeSpec bpe;
  bpe.ignore_merges = pre.ignore_merges;
  const TokenIndex index(spec);
  constexpr std::string_view merges_key = "tokenizer.ggml.merges";
  for (const std::string_view merge : require(file, merges_key, file.texts(merges_key)))
    bpe.merges.push_back(index.merge(merge));
  spec.model = std::move(bpe);
  if (file.flag("tokenizer.ggml.add_space_prefix").value_or(false))
    for (PreTokenizerStep& step : spec.pre_tokenizers)
      if (auto* bytes = std::get_if<pre_tokenize::ByteLevel>(&step)) bytes->add_prefix_space = true;
  read_roles(file, spec);
  put_ends(file, false, false, spec);
  return spec;
}

TokenizerSpec sentence_pieces(const GgufFile& file, SentencePieceModel::Kind kind) {
  SentencePieceModel model;
  model.where = file.path().string();
  model.kind = kind;
  const std::vector<std::string_view> tokens = tokens_of(file);
  const std::vector<Type> types = types_of(file, tokens.size());
  constexpr std::string_view scores_key = "tokenizer.ggml.scores";
  const std::vector<double> scores = require(file, scores_key, numbers_of(file, scores_key));
  if (scores.size() != tokens.size())
    refuse(file, "has " + std::to_string(tokens.size()) + " tokens, but " +
                     std::to_string(scores.size()) + " scores");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_utf8(tokens[i])) refuse(file, "token " + std::to_string(i) + " is not UTF-8");
    model.pieces.push_back({std::string(tokens[i]), static_cast<float>(scores[i]), types[i]});
  }
  const bool bpe = kind == SentencePieceModel::Kind::Bpe;
  model.byte_fallback = bpe;
  model.add_dummy_prefix = file.flag("tokenizer.ggml.add_space_prefix").value_or(true);
  model.remove_extra_whitespaces =
      file.flag("tokenizer.ggml.remove_extra_whitespaces").value_or(!bpe);
  if (const auto map = file.integers("tokenizer.ggml.precompiled_charsmap"))
    for (const std::int64_t byte : *map) model.charsmap += static_cast<char>(byte);
  model.bos_id = model.eos_id = model.unk_id = -1;
  for (std::size_t i = 0; i < types.size(); ++i)
    if (types[i] == Type::Unknown) model.unk_id = static_cast<std::int32_t>(i);
  TokenizerSpec spec = sentence_piece_spec(std::move(model));
  read_roles(file, spec);
  put_ends(file, bpe, !bpe, spec);
  return spec;
}

// llama.cpp marks the tokens that begin a word; BERT those that do not.
std::string bert_token(std::string_view token, Type type) {
  const bool bracketed = token.starts_with('[') && token.ends_with(']');
  if (token.starts_with(blank_mark)) return std::string(token.substr(blank_mark.size()));
  if (bracketed || type == Type::Control || type == Type::Unknown) return std::string(token);
  return "##" + std::string(token);
}

TokenizerSpec word_pieces(const GgufFile& file) {
  TokenizerSpec spec;
  spec.where = file.path().string();
  add_tokens(file, spec);
  const std::vector<Type> types = types_of(file, spec.tokens.size());
  bool upper_case = false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    spec.tokens[i] = bert_token(spec.tokens[i], types[i]);
    const std::string& token = spec.tokens[i];
    upper_case |= !token.starts_with('[') &&
                  token.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos;
  }
  read_roles(file, spec);
  const TokenIndex index(spec);
  const auto role = [&](std::optional<std::int32_t>& id, std::string_view usual) {
    if (!id) id = index.find(usual);
    if (!id) refuse(file, "its vocabulary has no \"" + std::string(usual) + "\"");
    const bool known = std::any_of(spec.added.begin(), spec.added.end(),
                                   [&](const AddedToken& token) { return token.id == *id; });
    if (!known) spec.added.push_back({.id = *id, .special = true, .in_vocabulary = true});
  };
  role(spec.unk, "[UNK]");
  role(spec.cls, "[CLS]");
  role(spec.sep, "[SEP]");
  normalize::Bert bert;
  bert.lower_case = bert.strip_accents = !upper_case;  // a cased vocabulary has capitals
  spec.normalizers = {bert};
  spec.pre_tokenizers = {pre_tokenize::Bert{}};
  spec.decoders = {decode::WordPiece{}};
  spec.model = WordPieceSpec{*spec.unk, "##", 100};
  put_bert_template(spec);
  return spec;
}

}  // namespace

TokenizerSpec tokenizer_spec_from_gguf(const GgufFile& file) {
  const std::string model(file.text("tokenizer.ggml.model").value_or(""));
  TokenizerSpec spec;
  if (model == "gpt2")
    spec = byte_level_bpe(file);
  else if (model == "llama")
    spec = sentence_pieces(file, SentencePieceModel::Kind::Bpe);
  else if (model == "t5")
    spec = sentence_pieces(file, SentencePieceModel::Kind::Unigram);
  else if (model == "bert")
    spec = word_pieces(file);
  else
    throw UsageError("its tokenizer is \"" + model + "\", expected gpt2, llama, t5 or bert",
                     file.path().string(), "Take a model with one of these tokenizers.");
  spec.chat_template = file.text("tokenizer.chat_template").value_or("");
  check(spec);
  return spec;
}

}  // namespace trainbus
