// A model's configuration, as a Hugging Face config.json or a GGUF file's metadata gives it. See
// models/config_file.hpp for whole files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "formats/gguf.hpp"
#include "formats/json_fields.hpp"

namespace trainbus {

// DeBERTa's relative positions, and what else only it has.
struct DebertaConfig {
  std::int64_t position_buckets = 0;        // of near distances; 0: every distance has its own
  std::int64_t max_relative_positions = 0;  // the distance of the last bucket
  bool content_to_position = false, position_to_content = false;  // pos_att_type
  bool norm_relative = false;                                     // norm_rel_ebd: layer_norm
  bool absolute_positions = false;                                // position_biased_input
  bool legacy = true;  // the head for words is BERT's, not DeBERTa's own
  std::string pooler_hidden_act;
};

// The names are those of Hugging Face's Llama; other families' names (n_embd, ffn_dim, …) are
// mapped to them. Fields that a family does not have keep these defaults.
struct ModelConfig {
  std::string model_type;    // "llama": a family of models/families/registry.hpp
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
  std::int64_t embedding_size = 0;   // of a token, where it is projected to hidden_size; 0: that
  double norm_eps = 0;               // rms_norm_eps, layer_norm_eps, layer_norm_epsilon
  double rope_theta = 0;             // 0: no rotary embedding
  std::string hidden_act;            // silu, gelu (erf), gelu_new (tanh), relu
  bool tie_word_embeddings = false;
  bool attention_bias = false;  // from the file; Qwen2's q, k, v always have one
  bool mlp_bias = false;
  std::vector<std::string> labels;  // id2label: the names of a classifier's classes, by id
  std::string problem_type;         // of a classifier: "multi_label_classification", …; or empty
  std::string classifier_pooling;   // "mean": see bert.cpp; empty: the architecture's own
  DebertaConfig deberta;
  std::optional<std::int64_t> bos_id, pad_id;
  std::vector<std::int64_t> eos_ids;  // any of them ends a text
  std::string dtype = "float32";      // of the stored weights, from the file
  // Fields of the file that trainbus does not read, as JSON text, in the file's order: they are
  // written back when the model is saved.
  std::vector<std::pair<std::string, std::string>> kept = {};
};

// A family's own names for the common fields, and the values that its files may leave out
// (transformers' defaults: v4 writes only what differs from them).
struct ConfigNames {
  std::string_view hidden_size = "hidden_size", intermediate_size = "intermediate_size",
                   layers = "num_hidden_layers", heads = "num_attention_heads",
                   positions = "max_position_embeddings", norm_eps = "rms_norm_eps",
                   activation = "hidden_act";
  double default_norm_eps = 1e-6;
  std::string_view default_activation = "silu";
  std::int64_t default_head_dim = 0;  // 0: hidden_size / heads
  bool rope = true;
  bool tied = false;
};

// Reads the fields that all families have. Throws UsageError for missing or impossible sizes, and
// for what no model here computes: scaled rotary embeddings, sliding windows, quantised weights.
TRAINBUS_EXPORT void read_common_config(const JsonFields& fields, const ConfigNames& names,
                                        ModelConfig& config);

// From the metadata of a Llama-family GGUF file. Throws UsageError.
TRAINBUS_EXPORT ModelConfig config_from_gguf(const GgufFile& file);

}  // namespace trainbus
