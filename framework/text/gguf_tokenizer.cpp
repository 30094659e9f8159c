#include "text/gguf_tokenizer.hpp"

#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "text/pre_tokenizer.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

// tokenizer.ggml.token_type, as llama.cpp numbers it.
enum class TokenType : std::int64_t { Control = 3, UserDefined = 4 };

[[noreturn]] void refuse(const GgufFile& file, const std::string& what) {
  throw UsageError(what, file.path().string(), "Convert the model again with a current llama.cpp.");
}

template <typename T>
T require(const GgufFile& file, std::string_view key, std::optional<T> value) {
  if (!value) refuse(file, "metadata \"" + std::string(key) + "\" is missing");
  return *std::move(value);
}

void set_pre_tokenizer(const GgufFile& file, TokenizerSpec& spec) {
  constexpr std::string_view key = "tokenizer.ggml.pre";
  const std::string_view name = require(file, key, file.text(key));
  if (name == "gpt-2") {
    spec.split_patterns = {std::string(split_pattern::gpt2)};
  } else if (name == "smollm") {
    spec.split_patterns = {std::string(split_pattern::digits), std::string(split_pattern::gpt2)};
  } else if (name == "llama-bpe") {
    spec.split_patterns = {std::string(split_pattern::llama3)};
    spec.ignore_merges = true;
  } else {
    throw UsageError(
        "its pre-tokenizer is \"" + std::string(name) + "\", known are gpt-2, smollm and llama-bpe",
        file.path().string(),
        name == "default" ? "Convert the model again with a current llama.cpp."
                          : "Take this model's folder in Hugging Face's layout, whose "
                            "tokenizer.json defines how it splits.");
  }
}

void add_tokens(const GgufFile& file, TokenizerSpec& spec) {
  constexpr std::string_view tokens_key = "tokenizer.ggml.tokens";
  constexpr std::string_view types_key = "tokenizer.ggml.token_type";
  for (const std::string_view token : require(file, tokens_key, file.texts(tokens_key)))
    spec.tokens.emplace_back(token);
  const std::vector<std::int64_t> types = require(file, types_key, file.integers(types_key));
  if (types.size() != spec.tokens.size())
    refuse(file, "has " + std::to_string(spec.tokens.size()) + " tokens, but types of " +
                     std::to_string(types.size()));
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto type = static_cast<TokenType>(types[i]);
    if (type != TokenType::Control && type != TokenType::UserDefined) continue;
    AddedToken token;
    token.id = static_cast<std::int32_t>(i);
    token.special = type == TokenType::Control;
    token.in_vocabulary = true;
    spec.added.push_back(token);
  }
}

std::optional<std::int32_t> token_id(const GgufFile& file, std::string_view key,
                                     const TokenizerSpec& spec) {
  const std::optional<std::int64_t> id = file.integer(key);
  if (!id) return std::nullopt;
  if (*id < 0 || static_cast<std::uint64_t>(*id) >= spec.tokens.size())
    refuse(file, "metadata \"" + std::string(key) + "\" is " + std::to_string(*id) +
                     ", but there are " + std::to_string(spec.tokens.size()) + " tokens");
  return static_cast<std::int32_t>(*id);
}

}  // namespace

TokenizerSpec tokenizer_spec_from_gguf(const GgufFile& file) {
  const std::string model(file.text("tokenizer.ggml.model").value_or(""));
  if (model != "gpt2")
    throw UsageError("its tokenizer is \"" + model + "\"" +
                         (model == "llama" || model == "t5" ? " (SentencePiece)" : "") +
                         ", expected \"gpt2\" (byte-level BPE)",
                     file.path().string(),
                     "Take a model with a byte-level BPE (SmolLM2, Llama 3.0).");
  if (file.flag("tokenizer.ggml.add_space_prefix").value_or(false))
    refuse(file, "its tokenizer puts a blank before each text, which is not supported");
  TokenizerSpec spec;
  spec.where = file.path().string();
  set_pre_tokenizer(file, spec);
  add_tokens(file, spec);
  const TokenIndex index(spec);
  constexpr std::string_view merges_key = "tokenizer.ggml.merges";
  for (const std::string_view merge : require(file, merges_key, file.texts(merges_key)))
    spec.merges.push_back(index.merge(merge));
  spec.bos = token_id(file, "tokenizer.ggml.bos_token_id", spec);
  spec.eos = token_id(file, "tokenizer.ggml.eos_token_id", spec);
  spec.pad = token_id(file, "tokenizer.ggml.padding_token_id", spec);
  spec.unk = token_id(file, "tokenizer.ggml.unknown_token_id", spec);
  if (spec.bos && file.flag("tokenizer.ggml.add_bos_token").value_or(false))
    spec.prefix.push_back(*spec.bos);
  if (spec.eos && file.flag("tokenizer.ggml.add_eos_token").value_or(false))
    spec.suffix.push_back(*spec.eos);
  spec.chat_template = file.text("tokenizer.chat_template").value_or("");
  return spec;
}

}  // namespace trainbus
