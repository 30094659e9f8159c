#include "formats/config/config.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "core/io/error.hpp"
#include "formats/config/check.hpp"
#include "formats/json_fields.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view unsupported = "Use a checkpoint without it.";

// fallback: 0 for none.
std::int64_t size_field(const JsonFields& fields, std::string_view key, std::int64_t fallback = 0) {
  return fallback > 0 ? fields.integer(key, 1, largest_model_extent, fallback)
                      : fields.integer(key, 1, largest_model_extent);
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
  config.kv_heads =
      fields.integer(names.kv_heads, 1, largest_model_extent,
                     names.default_kv_heads > 0 ? names.default_kv_heads : config.heads);
  if (fields.has("head_dim"))
    config.head_dim = size_field(fields, "head_dim");
  else
    config.head_dim =
        names.default_head_dim > 0 ? names.default_head_dim : head_dim_of(config, fields.where());
}

void refuse_quantised(const JsonFields& fields) {
  if (fields.has("quantization_config"))
    fields.refuse("quantization_config", "none: quantised weights are not read", unsupported);
}

bool is_window(const JsonFields& fields, const json::value& type) {
  if (type == json::value("sliding_attention")) return true;
  if (type != json::value("full_attention"))
    fields.refuse("layer_types",
                  "\"full_attention\" and \"sliding_attention\", not " + json_excerpt(type),
                  unsupported);
  return false;
}

// 0: none. left_out: if there is no such field, not even null.
std::int64_t window_size(const JsonFields& fields, std::int64_t left_out) {
  constexpr std::string_view key = "sliding_window";
  return fields.integer(key, 0, largest_model_extent,
                        fields.members().contains(key) ? 0 : left_out);
}

void refuse_windows(const JsonFields& fields) {
  if (fields.flag("use_sliding_window", false))
    fields.refuse("use_sliding_window", "false: this family has no windows", unsupported);
  if (!fields.has("layer_types")) return;
  for (const json::value& type : fields.array("layer_types"))
    if (is_window(fields, type))
      fields.refuse("layer_types", "only \"full_attention\", not " + json_excerpt(type),
                    unsupported);
}

}  // namespace

void read_common_config(const JsonFields& fields, const ConfigNames& names, ModelConfig& config) {
  refuse_quantised(fields);
  if (!names.windows) refuse_windows(fields);
  if (fields.has("architectures")) {
    const json::array& all = fields.array("architectures");
    if (!all.empty() && !all[0].is_string()) fields.refuse("architectures", "names");
    if (!all.empty()) config.architecture = all[0].get_string();
  }
  config.vocab_size = size_field(fields, "vocab_size");
  config.hidden_size = size_field(fields, names.hidden_size);
  config.layers = fields.integer(names.layers, 1, most_layers);
  config.max_position_embeddings = size_field(fields, names.positions, names.default_positions);
  config.intermediate_size =
      size_field(fields, names.intermediate_size, names.inner_multiple * config.hidden_size);
  read_heads(fields, names, config);
  config.type_vocab_size = fields.integer("type_vocab_size", 0, largest_model_extent, 0);
  config.norm_eps = fields.number(names.norm_eps, names.default_norm_eps);
  if (names.rope) read_rope(fields, names.rope_names, config);
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

double number_or_null(const JsonFields& fields, std::string_view key, double left_out) {
  return fields.number(key, fields.members().contains(key) ? 0 : left_out);
}

void read_windows(const JsonFields& fields, std::int64_t default_size,
                  const std::function<bool(std::int64_t)>& has_window, ModelConfig& config) {
  std::vector<LayerKind> layers(static_cast<std::size_t>(config.layers));
  const bool by_type = fields.has("layer_types");
  if (by_type) {
    const json::array& types = fields.array("layer_types");
    if (types.size() != layers.size())
      fields.refuse("layer_types", "one for each of the " + std::to_string(config.layers) +
                                       " layers, not " + std::to_string(types.size()));
    for (std::size_t i = 0; i < types.size(); ++i) layers[i].window = is_window(fields, types[i]);
  } else {
    for (std::size_t i = 0; i < layers.size(); ++i)
      layers[i].window = has_window(static_cast<std::int64_t>(i));
  }
  const bool any = std::ranges::any_of(layers, [](const LayerKind& kind) { return kind.window; });
  const std::int64_t size = any ? window_size(fields, default_size) : 0;
  if (any && by_type && size == 0)
    fields.refuse("sliding_window", "the size of the windows that layer_types has");
  config.attention.window = size;
  if (size > 0) config.attention.layers = std::move(layers);
}

void read_window_of_all(const JsonFields& fields, std::int64_t default_size, ModelConfig& config) {
  config.attention.window = window_size(fields, default_size);
  if (config.attention.window > 0)
    config.attention.layers.assign(static_cast<std::size_t>(config.layers), {.window = true});
}

}  // namespace trainbus
