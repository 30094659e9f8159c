// A model's configuration, as a Hugging Face config.json or a GGUF file's metadata gives it. See
// models/files/config_file.hpp for whole files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "formats/config/rope.hpp"
#include "formats/gguf/gguf.hpp"
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

// What a layer's attention sees, and whether it knows positions.
struct LayerKind {
  bool window = false;  // its tokens see only those near by: see AttentionConfig::window
  bool rotary = true;
  friend bool operator==(const LayerKind&, const LayerKind&) = default;
};

// How attention differs from Llama's. See layers::AttentionOp for the formulas.
struct AttentionConfig {
  // Tokens that one sees in the layers with a window: decoders, so many up to itself; encoders, so
  // many around it, half of them on each side. 0: there is no window.
  std::int64_t window = 0;
  std::vector<LayerKind> layers = {};  // of each layer; empty: all see everything
  double query_scalar = 0;             // scores are divided by its root; 0: head_dim
  bool divided_by_layer = false;       // scores are divided by the layer's number, from 1
  double softcap = 0;                  // of scores; 0: none

  LayerKind layer(std::int64_t i) const {
    return layers.empty() ? LayerKind{} : layers[static_cast<std::size_t>(i)];
  }
  friend bool operator==(const AttentionConfig&, const AttentionConfig&) = default;
};

// Which kind of Falcon.
struct FalconConfig {
  bool new_kind = false;   // new_decoder_architecture: 40B and later
  bool two_norms = false;  // ln_attn and ln_mlp
  bool grouped = false;    // query_key_value holds rows by key/value heads; else all queries first
};

// What only ModernBERT has.
struct ModernBertConfig {
  bool norm_bias = false, decoder_bias = true, classifier_bias = false;
  std::string classifier_activation;  // of the dense layer before the output, for words too
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
  Rope rope;                         // theta 0: no rotary embedding
  Rope local_rope;                   // of layers with a window; theta 0: the same
  AttentionConfig attention;
  double logit_softcap = 0;        // 0: none
  bool parallel_residual = false;  // attention and MLP read the same x: x + attn(x) + mlp(x)
  bool norm_after = false;         // norms stand behind attention and MLP, after the sum
  FalconConfig falcon;
  std::string hidden_act;  // silu, gelu (erf), gelu_new (tanh), relu
  bool tie_word_embeddings = false;
  bool attention_bias = false;  // from the file; Qwen2's q, k, v always have one
  bool mlp_bias = false;
  std::vector<std::string> labels;  // id2label: the names of a classifier's classes, by id
  std::string problem_type;         // of a classifier: "multi_label_classification", …; or empty
  std::string classifier_pooling;   // "mean": see bert.cpp; empty: the architecture's own
  DebertaConfig deberta;
  ModernBertConfig modernbert;
  std::optional<std::int64_t> bos_id, pad_id;
  std::vector<std::int64_t> eos_ids;  // any of them ends a text
  std::string dtype = "float32";      // of the stored weights, from the file
  // Fields of the file that trainbus does not read, as JSON text, in the file's order: they are
  // written back when the model is saved.
  std::vector<std::pair<std::string, std::string>> kept = {};
};

// A family's own names for the common fields, and the values that its files may leave out
// (transformers' defaults: v4 writes only what differs from them).
// v5 has one object, rope_parameters, or one in it for each kind of layer; v4 has these fields, and
// rope_scaling.
struct RopeNames {
  std::string_view theta = "rope_theta", partial = "partial_rotary_factor";
  std::string_view local_theta = {};  // of layers with a window; empty: they have no own
  double default_theta = 10000, default_partial = 1, default_local_theta = 10000;
};

struct ConfigNames {
  std::string_view hidden_size = "hidden_size", intermediate_size = "intermediate_size",
                   layers = "num_hidden_layers", heads = "num_attention_heads",
                   kv_heads = "num_key_value_heads", positions = "max_position_embeddings",
                   norm_eps = "rms_norm_eps", activation = "hidden_act";
  double default_norm_eps = 1e-6;
  std::string_view default_activation = "silu";
  std::int64_t default_head_dim = 0;   // 0: hidden_size / heads
  std::int64_t default_kv_heads = 0;   // 0: heads
  std::int64_t default_positions = 0;  // 0: they have to be given
  std::int64_t inner_multiple = 0;     // intermediate_size / hidden_size; 0: it has to be given
  bool rope = true;
  RopeNames rope_names = {};
  bool tied = false;
  // The family reads windows and kinds of layers itself (read_windows); else they are refused.
  bool windows = false;
};

// Reads the fields that all families have. Throws UsageError for missing or impossible sizes, and
// for what no model here computes, such as quantised weights.
TRAINBUS_EXPORT void read_common_config(const JsonFields& fields, const ConfigNames& names,
                                        ModelConfig& config);

// config.rope and local_rope, from either form. Throws UsageError for a kind that is not computed,
// and for impossible numbers.
TRAINBUS_EXPORT void read_rope(const JsonFields& fields, const RopeNames& names,
                               ModelConfig& config);

// config.attention: which layers have a window, by "layer_types" where the file has it, else by
// `has_window`; and its size, "sliding_window" of the file, or `default_size` if that field is left
// out. 0 or null: there is no window. Throws UsageError for kinds of layers that are not computed.
TRAINBUS_EXPORT void read_windows(const JsonFields& fields, std::int64_t default_size,
                                  const std::function<bool(std::int64_t layer)>& has_window,
                                  ModelConfig& config);
// A window of this size in all layers, whatever their types: "sliding_window" counts alone.
TRAINBUS_EXPORT void read_window_of_all(const JsonFields& fields, std::int64_t default_size,
                                        ModelConfig& config);

// A number that may be null, which is 0, or left out.
TRAINBUS_EXPORT double number_or_null(const JsonFields& fields, std::string_view key,
                                      double left_out);

// From the metadata of a GGUF file, and from which tensors it has. Throws UsageError.
TRAINBUS_EXPORT ModelConfig config_from_gguf(const GgufFile& file);
// What llama.cpp calls this family; empty: its GGUF files are not read.
TRAINBUS_EXPORT std::string_view gguf_architecture_of(std::string_view model_type);

}  // namespace trainbus
