// SmolLM3: Llama with layers that have no rotary embedding (arXiv 2501.18795), every fourth one.
#include <boost/json/array.hpp>

#include "formats/config/check.hpp"
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle smollm3_style(const ModelConfig& config) {
  return gated_style({.qkv_bias = config.attention_bias,
                      .out_bias = config.attention_bias,
                      .mlp_bias = config.mlp_bias});
}

// "no_rope_layers" says for each layer whether it *has* a rotary embedding: 1 or 0.
std::vector<bool> rotary_layers(const JsonFields& fields, std::int64_t layers) {
  std::vector<bool> rotary;
  if (!fields.has("no_rope_layers")) {
    const std::int64_t interval =
        fields.integer("no_rope_layer_interval", 1, largest_model_extent, 4);
    for (std::int64_t i = 0; i < layers; ++i) rotary.push_back((i + 1) % interval != 0);
    return rotary;
  }
  for (const boost::json::value& has : fields.array("no_rope_layers")) {
    if (has != boost::json::value(0) && has != boost::json::value(1))
      fields.refuse("no_rope_layers", "a list of 0 and 1");
    rotary.push_back(has == boost::json::value(1));
  }
  if (rotary.size() != static_cast<std::size_t>(layers))
    fields.refuse("no_rope_layers", "one for each of the " + std::to_string(layers) + " layers");
  return rotary;
}

void read_smollm3(const JsonFields& fields, ModelConfig& config) {
  read_common_config(
      fields,
      {.default_kv_heads = 4, .rope_names = {.default_theta = 2e6}, .tied = true, .windows = true},
      config);
  const std::vector<bool> rotary = rotary_layers(fields, config.layers);
  if (fields.flag("use_sliding_window", false))
    read_windows(
        fields, 0, [&](std::int64_t i) { return !rotary[static_cast<std::size_t>(i)]; }, config);
  config.attention.layers.resize(rotary.size());
  for (std::size_t i = 0; i < rotary.size(); ++i) config.attention.layers[i].rotary = rotary[i];
}

void write_smollm3(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "SmolLM3ForCausalLM", lines);
  lines.field("attention_bias", config.attention_bias);
  lines.field("hidden_act", config.hidden_act);
  lines.field("mlp_bias", config.mlp_bias);
  lines.rope(config);
  std::string rotary;
  for (const LayerKind& layer : config.attention.layers)
    rotary += std::string(rotary.empty() ? "" : ", ") + (layer.rotary ? "1" : "0");
  lines.raw("no_rope_layers", "[" + rotary + "]");
  lines.field("use_sliding_window", config.attention.window > 0);
  lines.window(config);
  lines.layer_types(config);
  lines.common(config);
}

}  // namespace

extern const ModelFamily smollm3_family;
const ModelFamily smollm3_family = decoder_family<smollm3_style, GgufNaming{.permuted = true}>({
    .model_type = "smollm3",
    .title = "SmolLM3",
    .read = read_smollm3,
    .write = write_smollm3,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
