// GPT-NeoX and Pythia (arXiv 2204.06745, 2304.01373): rotary embedding of a part of each head,
// attention and MLP side by side or one after the other.
#include "models/families/decoder.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle gpt_neox_style(const ModelConfig& config) {
  const bool bias = config.attention_bias;
  return {.before = {{DecoderRole::Embedding, "gpt_neox.embed_in"}},
          .layer = {{DecoderRole::AttentionNorm, "input_layernorm", true},
                    {DecoderRole::MlpNorm, "post_attention_layernorm", true},
                    {DecoderRole::QueryKeyValue, "attention.query_key_value", bias},
                    {DecoderRole::AttentionOut, "attention.dense", bias},
                    {DecoderRole::Up, "mlp.dense_h_to_4h", true},
                    {DecoderRole::Down, "mlp.dense_4h_to_h", true}},
          .after = {{DecoderRole::FinalNorm, "gpt_neox.final_layer_norm", true},
                    {DecoderRole::Output, "lm_head"}},
          .layers = "gpt_neox.layers.",
          .layer_norm = true};
}

void read_gpt_neox(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields,
                     {.norm_eps = "layer_norm_eps",
                      .default_norm_eps = 1e-5,
                      .default_activation = "gelu",
                      .rope_names = {.theta = "rotary_emb_base",
                                     .partial = "rotary_pct",
                                     .default_partial = 0.25}},
                     config);
  config.attention_bias = fields.flag("attention_bias", true);
  config.parallel_residual = fields.flag("use_parallel_residual", true);
}

void write_gpt_neox(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"GPTNeoXForCausalLM\"]");
  lines.field("attention_bias", config.attention_bias);
  lines.field("hidden_act", config.hidden_act);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("layer_norm_eps", config.norm_eps);
  lines.rope(config);
  lines.field("rotary_emb_base", config.rope.theta);
  lines.field("rotary_pct", config.rope.partial);
  lines.field("use_parallel_residual", config.parallel_residual);
  lines.common(config);
}

// Published files have the causal mask and the frequencies among their tensors.
CheckpointMap gpt_neox_checkpoint(const ModelConfig& config) {
  CheckpointMap map;
  map.rename("lm_head.weight", {"embed_out.weight", "lm_head.weight"});
  for (std::int64_t i = 0; i < config.layers; ++i)
    for (const char* kind : {".weight", ".bias"}) {
      const std::string name =
          "gpt_neox.layers." + std::to_string(i) + ".attention.query_key_value" + kind;
      map.reorder(name, name, grouped_rows(config));
    }
  return map.also_without("gpt_neox.")
      .ignore_ending(".attention.bias")
      .ignore_ending(".attention.masked_bias");
}

}  // namespace

extern const ModelFamily gpt_neox_family;
const ModelFamily gpt_neox_family = decoder_family<gpt_neox_style>({
    .model_type = "gpt_neox",
    .title = "GPT-NeoX, Pythia",
    .read = read_gpt_neox,
    .write = write_gpt_neox,
    .checkpoint = gpt_neox_checkpoint,
    .embedding = "gpt_neox.embed_in.weight",
});

}  // namespace trainbus
