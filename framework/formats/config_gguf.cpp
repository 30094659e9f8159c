#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "formats/config.hpp"
#include "formats/config_check.hpp"

namespace trainbus {
namespace {

constexpr std::string_view remedy = "Convert the model again with a current llama.cpp.";

class Metadata {
 public:
  Metadata(const GgufFile& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  std::int64_t size(const std::string& key, std::int64_t fallback = 0,
                    std::int64_t largest = largest_model_extent) const {
    const std::int64_t number = file_.integer(prefix_ + key).value_or(fallback);
    if (number < 1 || number > largest)
      throw UsageError("metadata \"" + prefix_ + key + "\" is " +
                           (file_.value(prefix_ + key) ? std::to_string(number) : "missing") +
                           ", expected an integer from 1 to " + std::to_string(largest),
                       where(), remedy);
    return number;
  }
  double number(const std::string& key, double fallback) const {
    return file_.number(prefix_ + key).value_or(fallback);
  }
  std::string where() const { return file_.path().string(); }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

std::optional<std::int64_t> token_id(const GgufFile& file, std::string_view key,
                                     std::int64_t vocab_size) {
  const std::optional<std::int64_t> id = file.integer(key);
  if (id && (*id < 0 || *id >= vocab_size))
    throw UsageError("metadata \"" + std::string(key) + "\" is " + std::to_string(*id) +
                         ", expected an id below the vocabulary's size " +
                         std::to_string(vocab_size),
                     file.path().string(), remedy);
  return id;
}

// Every row of the embedding is a token; older files have no key for their number.
std::int64_t vocabulary_size(const GgufFile& file) {
  if (file.tensors().empty())
    throw UsageError("holds a vocabulary alone, without any weights", file.path().string(),
                     "Give the model's own .gguf file.");
  const GgufTensor& embedding = file.at("token_embd.weight");
  const std::int64_t rows = embedding.rows();
  if (rows < 1 || rows > largest_model_extent || embedding.row_length() < 1)
    throw UsageError("tensor \"" + embedding.name + "\" has " + std::to_string(rows) + " rows of " +
                         std::to_string(embedding.row_length()) +
                         " numbers, expected the embedding of a vocabulary",
                     file.path().string(), remedy);
  return rows;
}

// llama.cpp reads a factor without a type as linear scaling, and its older files use another key
// for the factor.
void refuse_scaled_positions(const GgufFile& file) {
  constexpr std::string_view without = "Use a model without rope scaling.";
  const std::string where = file.path().string();
  for (const std::string_view key :
       {"llama.rope.scaling.factor", "llama.rope.scale_linear", "llama.rope.scaling.attn_factor"})
    if (const double factor = file.number(key).value_or(1); factor != 1 && factor != 0)
      throw UsageError("metadata \"" + std::string(key) + "\" is " + gguf_text(*file.value(key)) +
                           ", expected 1: scaled rotary embeddings are not computed",
                       where, without);
  const std::string scaling(file.text("llama.rope.scaling.type").value_or("none"));
  if (scaling != "none" && scaling != "linear")  // linear by a factor of 1 changes nothing
    throw UsageError("has rotary embeddings scaled by \"" + scaling + "\", which are not computed",
                     where, without);
}

}  // namespace

ModelConfig config_from_gguf(const GgufFile& file) {
  const std::string where = file.path().string();
  const std::string architecture(file.text("general.architecture").value_or(""));
  if (architecture != "llama")
    throw UsageError("is of architecture \"" + architecture + "\", expected \"llama\"", where,
                     "Use a Llama-family GGUF file or a safetensors checkpoint.");
  refuse_scaled_positions(file);
  const Metadata llama(file, "llama.");
  ModelConfig config;
  config.model_type = "llama";
  config.architecture = "LlamaForCausalLM";
  config.vocab_size = vocabulary_size(file);
  config.hidden_size = llama.size("embedding_length");
  config.intermediate_size = llama.size("feed_forward_length");
  config.layers = llama.size("block_count", 0, most_layers);
  config.heads = llama.size("attention.head_count");
  config.kv_heads = llama.size("attention.head_count_kv", config.heads);
  config.head_dim = file.value("llama.attention.key_length") != nullptr
                        ? llama.size("attention.key_length")
                        : head_dim_of(config, where);
  if (llama.size("rope.dimension_count", config.head_dim) != config.head_dim)
    throw UsageError("rotates only a part of each head, which is not computed", where,
                     "Use a model whose llama.rope.dimension_count is the head's width.");
  config.max_position_embeddings = llama.size("context_length");
  config.norm_eps = llama.number("attention.layer_norm_rms_epsilon", 1e-6);
  config.rope_theta = llama.number("rope.freq_base", 10000.0);
  config.hidden_act = "silu";
  config.tie_word_embeddings = file.find("output.weight") == nullptr;
  config.bos_id = token_id(file, "tokenizer.ggml.bos_token_id", config.vocab_size);
  config.pad_id = token_id(file, "tokenizer.ggml.padding_token_id", config.vocab_size);
  if (const auto eos = token_id(file, "tokenizer.ggml.eos_token_id", config.vocab_size))
    config.eos_ids.push_back(*eos);
  check_config(config, where);
  return config;
}

}  // namespace trainbus
