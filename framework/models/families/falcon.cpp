// Falcon (arXiv 2311.16867): attention and MLP side by side, with few key/value heads. Two kinds:
// 7B, whose one norm serves both, and 40B ("new_decoder_architecture"), with a norm for each.
#include "models/families/decoder.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view without = "Use a checkpoint without it.";

constexpr ConfigNames falcon_names = {.intermediate_size = "ffn_hidden_size",
                                      .kv_heads = "num_kv_heads",
                                      .norm_eps = "layer_norm_epsilon",
                                      .activation = "activation",
                                      .default_norm_eps = 1e-5,
                                      .default_activation = "gelu",
                                      .default_positions = 2048,
                                      .inner_multiple = 4,
                                      .tied = true};

DecoderStyle falcon_style(const ModelConfig& config) {
  const bool bias = config.attention_bias;
  std::vector<NamedRole> layer = {
      {DecoderRole::QueryKeyValue, "self_attention.query_key_value", bias},
      {DecoderRole::AttentionOut, "self_attention.dense", bias},
      {DecoderRole::Up, "mlp.dense_h_to_4h", bias},
      {DecoderRole::Down, "mlp.dense_4h_to_h", bias}};
  if (config.falcon.two_norms) {
    layer.push_back({DecoderRole::AttentionNorm, "ln_attn", true});
    layer.push_back({DecoderRole::MlpNorm, "ln_mlp", true});
  } else {
    layer.push_back({DecoderRole::AttentionNorm, "input_layernorm", true});
    if (!config.parallel_residual)
      layer.push_back({DecoderRole::MlpNorm, "post_attention_layernorm", true});
  }
  return {.before = {{DecoderRole::Embedding, "transformer.word_embeddings"}},
          .layer = std::move(layer),
          .after = {{DecoderRole::FinalNorm, "transformer.ln_f", true},
                    {DecoderRole::Output, "lm_head"}},
          .layers = "transformer.h.",
          .layer_norm = true};
}

void read_falcon(const JsonFields& fields, ModelConfig& config) {
  if (fields.flag("alibi", false))
    fields.refuse("alibi", "false: positions by ALiBi are not computed", without);
  read_common_config(fields, falcon_names, config);
  const bool new_kind = fields.flag("new_decoder_architecture", false);
  config.falcon.grouped = new_kind || !fields.flag("multi_query", true);
  if (!new_kind) config.kv_heads = config.falcon.grouped ? config.heads : 1;
  config.parallel_residual = fields.flag("parallel_attn", true);
  if (new_kind && !config.parallel_residual)
    fields.refuse("parallel_attn", "true with new_decoder_architecture", without);
  config.falcon.new_kind = new_kind;
  config.falcon.two_norms = new_kind && fields.integer("num_ln_in_parallel_attn", 1, 2, 2) == 2;
  config.attention_bias = fields.flag("bias", false);
}

void write_falcon(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"FalconForCausalLM\"]");
  lines.field("activation", config.hidden_act);
  lines.field("alibi", false);
  lines.field("bias", config.attention_bias);
  lines.field("ffn_hidden_size", config.intermediate_size);
  lines.field("layer_norm_epsilon", config.norm_eps);
  lines.field("multi_query", config.falcon.new_kind || !config.falcon.grouped);
  lines.field("new_decoder_architecture", config.falcon.new_kind);
  lines.field("num_kv_heads", config.kv_heads);
  if (config.falcon.new_kind)
    lines.field("num_ln_in_parallel_attn", std::int64_t{config.falcon.two_norms ? 2 : 1});
  lines.field("parallel_attn", config.parallel_residual);
  lines.rope(config);
  lines.common(config);
}

CheckpointMap falcon_checkpoint(const ModelConfig& config) {
  CheckpointMap map;
  for (std::int64_t i = 0; i < config.layers && config.falcon.grouped; ++i)
    for (const char* kind : {".weight", ".bias"}) {
      const std::string name =
          "transformer.h." + std::to_string(i) + ".self_attention.query_key_value" + kind;
      map.reorder(name, name, grouped_rows(config));
    }
  return map.also_without("transformer.");
}

}  // namespace

extern const ModelFamily falcon_family;
const ModelFamily falcon_family = decoder_family<falcon_style, GgufNaming{.swapped_norms = true}>({
    .model_type = "falcon",
    .title = "Falcon",
    .read = read_falcon,
    .write = write_falcon,
    .checkpoint = falcon_checkpoint,
    .embedding = "transformer.word_embeddings.weight",
});

}  // namespace trainbus
