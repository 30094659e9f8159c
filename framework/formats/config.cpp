#include "formats/config.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>

#include "core/io/error.hpp"
#include "formats/config_check.hpp"
#include "formats/config_unsupported.hpp"
#include "formats/json.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view unsupported = "Use a checkpoint without it.";

// A family's own names for the common fields, and the values that its files may leave out
// (transformers' defaults: v4 writes only what differs from them).
struct Family {
  std::string_view model_type;
  std::string_view hidden_size = "hidden_size", intermediate_size = "intermediate_size",
                   layers = "num_hidden_layers", heads = "num_attention_heads",
                   positions = "max_position_embeddings", norm_eps = "rms_norm_eps",
                   activation = "hidden_act";
  double default_norm_eps = 1e-6;
  std::string_view default_activation = "silu";
  bool rope = true;
  bool tied = false;
};

constexpr std::array<Family, 7> families = {{
    {.model_type = "llama"},
    {.model_type = "qwen2"},
    {.model_type = "qwen3"},
    {.model_type = "gpt2",
     .hidden_size = "n_embd",
     .intermediate_size = "n_inner",
     .layers = "n_layer",
     .heads = "n_head",
     .positions = "n_positions",
     .norm_eps = "layer_norm_epsilon",
     .activation = "activation_function",
     .default_norm_eps = 1e-5,
     .default_activation = "gelu_new",
     .rope = false,
     .tied = true},
    {.model_type = "opt",
     .intermediate_size = "ffn_dim",
     .activation = "activation_function",
     .default_norm_eps = 1e-5,
     .default_activation = "relu",
     .rope = false,
     .tied = true},
    {.model_type = "bert",
     .norm_eps = "layer_norm_eps",
     .default_norm_eps = 1e-12,
     .default_activation = "gelu",
     .rope = false,
     .tied = true},
    {.model_type = "roberta",
     .norm_eps = "layer_norm_eps",
     .default_norm_eps = 1e-12,
     .default_activation = "gelu",
     .rope = false,
     .tied = true},
}};

const Family& family_of(const JsonFields& fields) {
  const std::string type = fields.text("model_type");
  for (const Family& family : families)
    if (family.model_type == type) return family;
  fields.refuse("model_type", "llama, qwen2, qwen3, gpt2, opt, bert or roberta",
                "Use a checkpoint of one of these families.");
}

std::int64_t size_field(const JsonFields& fields, std::string_view key) {
  return fields.integer(key, 1, largest_model_extent);
}

// v5 has rope_parameters, v4 rope_theta and rope_scaling.
double rope_theta(const JsonFields& fields) {
  double theta = fields.number("rope_theta", 10000.0);
  for (const std::string_view key : {"rope_parameters", "rope_scaling"}) {
    if (!fields.has(key)) continue;
    const JsonFields rope = fields.object(key);
    const std::string_view type_key = rope.has("rope_type") ? "rope_type" : "type";
    if (rope.text(type_key, "default") != "default")
      rope.refuse(type_key, "\"default\": scaled rotary embeddings are not computed", unsupported);
    theta = rope.number("rope_theta", theta);
  }
  if (fields.number("partial_rotary_factor", 1.0) != 1.0)
    fields.refuse("partial_rotary_factor", "1: partial rotary embeddings are not computed",
                  unsupported);
  return theta;
}

std::optional<std::int64_t> token_id(const JsonFields& fields, std::string_view key,
                                     std::int64_t vocab_size) {
  // Some old files write -1 for "none".
  const std::int64_t id = fields.integer(key, -1, vocab_size - 1, -1);
  return id < 0 ? std::nullopt : std::optional(id);
}

std::vector<std::int64_t> eos_ids(const JsonFields& fields, std::int64_t vocab_size) {
  const json::value* value = fields.find("eos_token_id");
  std::vector<std::int64_t> ids;
  if (value == nullptr || !value->is_array()) {
    if (const auto id = token_id(fields, "eos_token_id", vocab_size)) ids.push_back(*id);
    return ids;
  }
  for (const json::value& id : value->get_array()) {
    if (!id.is_int64() || id.get_int64() < 0 || id.get_int64() >= vocab_size)
      fields.refuse("eos_token_id", "ids below vocab_size, not " + json_excerpt(id));
    ids.push_back(id.get_int64());
  }
  return ids;
}

// id2label: {"0": "negative", "1": "positive"}
std::vector<std::string> labels(const JsonFields& fields) {
  std::vector<std::string> names;
  if (!fields.has("id2label")) return names;
  const JsonFields by_id = fields.object("id2label");
  for (std::size_t i = 0; i < by_id.members().size(); ++i)
    names.push_back(by_id.text(std::to_string(i)));
  return names;
}

void read_heads(const JsonFields& fields, const Family& family, ModelConfig& config) {
  config.heads = size_field(fields, family.heads);
  config.kv_heads = fields.integer("num_key_value_heads", 1, largest_model_extent, config.heads);
  constexpr std::int64_t qwen3_head_dim = 128;
  const bool has_default = family.model_type == "qwen3";
  if (fields.has("head_dim"))
    config.head_dim = size_field(fields, "head_dim");
  else
    config.head_dim = has_default ? qwen3_head_dim : head_dim_of(config, fields.where());
}

}  // namespace

ModelConfig parse_config(std::string_view text, const std::string& where) {
  const json::value document = parse_json(text, where);
  const JsonFields fields(document, where);
  const Family& family = family_of(fields);
  refuse_unsupported(fields, family.model_type);
  ModelConfig config;
  config.model_type = family.model_type;
  if (fields.has("architectures")) {
    const json::array& names = fields.array("architectures");
    if (names.size() != 1 || !names[0].is_string()) fields.refuse("architectures", "one name");
    config.architecture = names[0].get_string();
  }
  config.vocab_size = size_field(fields, "vocab_size");
  config.hidden_size = size_field(fields, family.hidden_size);
  config.layers = fields.integer(family.layers, 1, most_layers);
  config.max_position_embeddings = size_field(fields, family.positions);
  if (family.model_type == "gpt2" && !fields.has(family.intermediate_size))
    config.intermediate_size = 4 * config.hidden_size;
  else
    config.intermediate_size = size_field(fields, family.intermediate_size);
  read_heads(fields, family, config);
  config.type_vocab_size = fields.integer("type_vocab_size", 0, largest_model_extent, 0);
  config.norm_eps = fields.number(family.norm_eps, family.default_norm_eps);
  config.rope_theta = family.rope ? rope_theta(fields) : 0;
  config.hidden_act = fields.text(family.activation, family.default_activation);
  config.tie_word_embeddings = fields.flag("tie_word_embeddings", family.tied);
  config.attention_bias = fields.flag("attention_bias", false);
  config.mlp_bias = fields.flag("mlp_bias", false);
  config.labels = labels(fields);
  config.classifier_pooling = fields.text("classifier_pooling", "");
  config.bos_id = token_id(fields, "bos_token_id", config.vocab_size);
  config.pad_id = token_id(fields, "pad_token_id", config.vocab_size);
  config.eos_ids = eos_ids(fields, config.vocab_size);
  config.dtype = fields.text("dtype", fields.text("torch_dtype", "float32"));
  check_config(config, where);
  return config;
}

ModelConfig read_config(const std::filesystem::path& config_json) {
  const MappedFile file(config_json);
  return parse_config(file.text(), config_json.string());
}

}  // namespace trainbus
