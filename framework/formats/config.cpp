#include "formats/config.hpp"

#include <boost/json/array.hpp>

#include "core/io/error.hpp"
#include "formats/config_check.hpp"
#include "formats/json_fields.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view unsupported = "Use a checkpoint without it.";

std::int64_t size_field(const JsonFields& fields, std::string_view key) {
  return fields.integer(key, 1, largest_model_extent);
}

void check_whole_heads(const JsonFields& fields) {
  if (fields.number("partial_rotary_factor", 1.0) != 1.0)
    fields.refuse("partial_rotary_factor", "1: partial rotary embeddings are not computed",
                  unsupported);
}

// v5 has rope_parameters, v4 rope_theta and rope_scaling.
double rope_theta(const JsonFields& fields) {
  double theta = fields.number("rope_theta", 10000.0);
  for (const std::string_view key : {"rope_parameters", "rope_scaling"}) {
    if (!fields.has(key)) continue;
    const JsonFields rope = fields.object(key);
    const std::string_view type_key = rope.has("rope_type") ? "rope_type" : "type";
    const std::string type = rope.text(type_key, "default");
    if (type != "default" && type != "linear")
      rope.refuse(type_key, "\"default\": scaled rotary embeddings are not computed", unsupported);
    if (rope.number("factor", 1.0) != 1.0)  // linear scaling by 1 changes nothing
      rope.refuse("factor", "1: scaled rotary embeddings are not computed", unsupported);
    check_whole_heads(rope);
    theta = rope.number("rope_theta", theta);
  }
  check_whole_heads(fields);
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

void read_heads(const JsonFields& fields, const ConfigNames& names, ModelConfig& config) {
  config.heads = size_field(fields, names.heads);
  config.kv_heads = fields.integer("num_key_value_heads", 1, largest_model_extent, config.heads);
  if (fields.has("head_dim"))
    config.head_dim = size_field(fields, "head_dim");
  else
    config.head_dim =
        names.default_head_dim > 0 ? names.default_head_dim : head_dim_of(config, fields.where());
}

void refuse_unsupported(const JsonFields& fields) {
  if (fields.has("quantization_config"))
    fields.refuse("quantization_config", "none: quantised weights are not read", unsupported);
  if (fields.flag("use_sliding_window", false))
    fields.refuse("use_sliding_window", "false: sliding windows are not computed", unsupported);
  if (fields.has("layer_types"))
    for (const json::value& type : fields.array("layer_types"))
      if (type != json::value("full_attention"))
        fields.refuse("layer_types", "only \"full_attention\", not " + json_excerpt(type),
                      unsupported);
}

}  // namespace

void read_common_config(const JsonFields& fields, const ConfigNames& names, ModelConfig& config) {
  refuse_unsupported(fields);
  if (fields.has("architectures")) {
    const json::array& all = fields.array("architectures");
    if (!all.empty() && !all[0].is_string()) fields.refuse("architectures", "names");
    if (!all.empty()) config.architecture = all[0].get_string();
  }
  config.vocab_size = size_field(fields, "vocab_size");
  config.hidden_size = size_field(fields, names.hidden_size);
  config.layers = fields.integer(names.layers, 1, most_layers);
  config.max_position_embeddings = size_field(fields, names.positions);
  config.intermediate_size = size_field(fields, names.intermediate_size);
  read_heads(fields, names, config);
  config.type_vocab_size = fields.integer("type_vocab_size", 0, largest_model_extent, 0);
  config.norm_eps = fields.number(names.norm_eps, names.default_norm_eps);
  config.rope_theta = names.rope ? rope_theta(fields) : 0;
  config.hidden_act = fields.text(names.activation, names.default_activation);
  config.tie_word_embeddings = fields.flag("tie_word_embeddings", names.tied);
  config.attention_bias = fields.flag("attention_bias", false);
  config.mlp_bias = fields.flag("mlp_bias", false);
  config.labels = labels(fields);
  config.problem_type = fields.text("problem_type", "");
  config.classifier_pooling = fields.text("classifier_pooling", "");
  config.bos_id = token_id(fields, "bos_token_id", config.vocab_size);
  config.pad_id = token_id(fields, "pad_token_id", config.vocab_size);
  config.eos_ids = eos_ids(fields, config.vocab_size);
  config.dtype = fields.text("dtype", fields.text("torch_dtype", "float32"));
  check_config(config, fields.where());
}

}  // namespace trainbus
