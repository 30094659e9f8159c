// What a model is made of: read from a Hugging Face config.json or a GGUF file's metadata, and
// written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf.hpp"

namespace trainbus {

// The names are those of Hugging Face's Llama; other families' names (n_embd, ffn_dim, …) are
// mapped to them. Fields that a family does not have keep what is written here.
struct ModelConfig {
  std::string model_type;    // llama, qwen2, qwen3, gpt2, opt, bert, roberta
  std::string architecture;  // "LlamaForCausalLM"; empty if the file names none
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  // heads, unless grouped-query attention
  std::int64_t head_dim = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t type_vocab_size = 0;  // BERT family
  double norm_eps = 0;               // rms_norm_eps, layer_norm_eps, layer_norm_epsilon
  double rope_theta = 0;             // 0: no rotary embedding
  std::string hidden_act;            // silu, gelu (erf), gelu_new (tanh), relu
  bool tie_word_embeddings = false;
  bool attention_bias = false;  // as the file says; Qwen2's q, k, v always have one
  bool mlp_bias = false;
  std::vector<std::string> labels;  // id2label: the names of a classifier's classes, by id
  std::string classifier_pooling;   // "mean": see Bert; empty: the architecture's own
  std::optional<std::int64_t> bos_id, pad_id;
  std::vector<std::int64_t> eos_ids;  // any of them ends a text
  std::string dtype = "float32";      // of the stored weights, as the file says
};

// Text of a config.json, transformers' v4 or v5 form. Throws UsageError naming `where`: unknown
// model type, missing or impossible sizes, and what the models here would compute wrongly: scaled
// rotary embeddings, sliding windows, quantised weights.
TRAINBUS_EXPORT ModelConfig parse_config(std::string_view json, const std::string& where);
TRAINBUS_EXPORT ModelConfig read_config(const std::filesystem::path& config_json);

// From the metadata of a Llama-family GGUF file. Throws UsageError.
TRAINBUS_EXPORT ModelConfig config_from_gguf(const GgufFile& file);

// A config.json that transformers (v4 and v5) opens: as LlamaForCausalLM, as OPTForCausalLM, or as
// the BERT class that config.architecture names. Throws UsageError for other families.
TRAINBUS_EXPORT std::string format_config(const ModelConfig& config);

}  // namespace trainbus
