#include "formats/config/gguf.hpp"

#include <cmath>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

std::optional<std::int64_t> token_id(const GgufFile& file, std::string_view key,
                                     std::int64_t vocab_size) {
  const std::optional<std::int64_t> id = file.integer(key);
  if (id && (*id < 0 || *id >= vocab_size))
    throw UsageError("metadata \"" + std::string(key) + "\" is " + std::to_string(*id) +
                         ", expected an id below the vocabulary's size " +
                         std::to_string(vocab_size),
                     file.path().string(), gguf_remedy);
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
                     file.path().string(), gguf_remedy);
  return rows;
}

void refuse_experts(const GgufFields& fields) {
  if (fields.number("expert_count", 0) > 0)
    throw UsageError("is a mixture of experts, which is not computed", fields.where(),
                     "Use a model without experts.");
}

void read_special_tokens(const GgufFile& file, ModelConfig& config) {
  config.bos_id = token_id(file, "tokenizer.ggml.bos_token_id", config.vocab_size);
  config.pad_id = token_id(file, "tokenizer.ggml.padding_token_id", config.vocab_size);
  if (const auto eos = token_id(file, "tokenizer.ggml.eos_token_id", config.vocab_size))
    config.eos_ids.push_back(*eos);
}

}  // namespace

std::int64_t GgufFields::size(std::string_view key, std::int64_t fallback,
                              std::int64_t largest) const {
  const std::int64_t number = file_.integer(prefix_ + std::string(key)).value_or(fallback);
  if (number < 1 || number > largest)
    refuse(key, "an integer from 1 to " + std::to_string(largest));
  return number;
}

double GgufFields::number(std::string_view key, double fallback) const {
  const double number = file_.number(prefix_ + std::string(key)).value_or(fallback);
  if (!std::isfinite(number)) refuse(key, "a finite number");
  return number;
}

bool GgufFields::flag(std::string_view key, bool fallback) const {
  return file_.flag(prefix_ + std::string(key)).value_or(fallback);
}

std::string GgufFields::text(std::string_view key, std::string_view fallback) const {
  return std::string(file_.text(prefix_ + std::string(key)).value_or(fallback));
}

std::vector<double> GgufFields::vector(std::string_view name) const {
  const GgufTensor* tensor = file_.find(name);
  if (tensor == nullptr) return {};
  constexpr std::int64_t most = 1 << 16;  // heads are far narrower
  if (tensor->rows() != 1 || tensor->row_length() > most)
    throw UsageError("tensor \"" + tensor->name + "\" has " + std::to_string(tensor->rows()) +
                         " rows of " + std::to_string(tensor->row_length()) +
                         " numbers, expected one of a divisor for each pair of a head's numbers",
                     where(), gguf_remedy);
  std::vector<float> numbers(static_cast<std::size_t>(tensor->row_length()));
  file_.dequantize(*tensor, numbers.data(), 0, 1);
  return {numbers.begin(), numbers.end()};
}

void GgufFields::refuse(std::string_view key, const std::string& expected) const {
  const GgufValue* value = file_.value(prefix_ + std::string(key));
  throw UsageError("metadata \"" + prefix_ + std::string(key) + "\" is " +
                       (value ? gguf_text(*value) : "missing") + ", expected " + expected,
                   where(), gguf_remedy);
}

ModelConfig config_from_gguf(const GgufFile& file) {
  const std::string where = file.path().string();
  const std::string name(file.text("general.architecture").value_or(""));
  const GgufArchitecture* architecture = find_gguf_architecture(name);
  if (architecture == nullptr)
    throw UsageError("is of architecture \"" + name + "\", expected " + gguf_architecture_names(),
                     where,
                     "Use a GGUF file of one of these, or a folder in Hugging Face's layout.");
  const GgufFields fields(file, name);
  refuse_experts(fields);
  ModelConfig config;
  config.model_type = architecture->model_type;
  config.architecture = architecture->class_name;
  config.vocab_size = vocabulary_size(file);
  config.hidden_size = fields.size("embedding_length");
  config.intermediate_size = fields.size("feed_forward_length");
  config.layers = fields.size("block_count", 0, most_layers);
  config.heads = fields.size("attention.head_count");
  config.kv_heads = fields.size("attention.head_count_kv", config.heads);
  config.head_dim = fields.has("attention.key_length") ? fields.size("attention.key_length")
                                                       : head_dim_of(config, where);
  config.max_position_embeddings = fields.size("context_length");
  config.norm_eps = architecture->layer_norm
                        ? fields.number("attention.layer_norm_epsilon", 1e-5)
                        : fields.number("attention.layer_norm_rms_epsilon", 1e-6);
  config.hidden_act = architecture->activation;
  config.tie_word_embeddings = !fields.has_tensor("output.weight");
  if (architecture->rotary) config.rope = rope_from_gguf(fields, config);
  if (architecture->read != nullptr) architecture->read(fields, config);
  read_special_tokens(file, config);
  check_config(config, where);
  return config;
}

}  // namespace trainbus
