// GPT-2: learned positions, layer norm before attention and MLP, matrices stored transposed.
#include "models/families/decoder.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr ConfigNames gpt2_names = {.hidden_size = "n_embd",
                                    .intermediate_size = "n_inner",
                                    .layers = "n_layer",
                                    .heads = "n_head",
                                    .positions = "n_positions",
                                    .norm_eps = "layer_norm_epsilon",
                                    .activation = "activation_function",
                                    .default_norm_eps = 1e-5,
                                    .default_activation = "gelu_new",
                                    .inner_multiple = 4,
                                    .rope = false,
                                    .tied = true};

DecoderStyle gpt2_style(const ModelConfig&) {
  return {.before = {{DecoderRole::Embedding, "transformer.wte"},
                     {DecoderRole::Positions, "transformer.wpe"}},
          .layer = {{DecoderRole::AttentionNorm, "ln_1", true},
                    {DecoderRole::QueryKeyValue, "attn.c_attn", true},
                    {DecoderRole::AttentionOut, "attn.c_proj", true},
                    {DecoderRole::MlpNorm, "ln_2", true},
                    {DecoderRole::Up, "mlp.c_fc", true},
                    {DecoderRole::Down, "mlp.c_proj", true}},
          .after = {{DecoderRole::FinalNorm, "transformer.ln_f", true},
                    {DecoderRole::Output, "lm_head"}},
          .layers = "transformer.h.",
          .layer_norm = true};
}

void read_gpt2(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, gpt2_names, config);
  if (fields.flag("add_cross_attention", false))
    fields.refuse("add_cross_attention", "false: a decoder of text alone",
                  "Use a checkpoint without it.");
  if (!fields.flag("scale_attn_weights", true)) config.attention.query_scalar = 1;
  config.attention.divided_by_layer = fields.flag("scale_attn_by_inverse_layer_idx", false);
}

void write_gpt2(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"GPT2LMHeadModel\"]");
  lines.field("activation_function", config.hidden_act);
  lines.field("layer_norm_epsilon", config.norm_eps);
  lines.field("n_inner", config.intermediate_size);
  lines.field("scale_attn_by_inverse_layer_idx", config.attention.divided_by_layer);
  lines.field("scale_attn_weights", config.attention.query_scalar != 1);
  lines.common(config, gpt2_names);
}

CheckpointMap gpt2_checkpoint(const ModelConfig& config) {
  CheckpointMap map;
  for (std::int64_t i = 0; i < config.layers; ++i)
    for (const char* matrix : {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"}) {
      const std::string name = "transformer.h." + std::to_string(i) + "." + matrix + ".weight";
      map.transpose(name, name);
    }
  return map.also_without("transformer.")
      .ignore_ending(".attn.bias")
      .ignore_ending(".attn.masked_bias");
}

}  // namespace

extern const ModelFamily gpt2_family;
const ModelFamily gpt2_family = decoder_family<gpt2_style>({
    .model_type = "gpt2",
    .title = "GPT-2",
    .read = read_gpt2,
    .write = write_gpt2,
    .checkpoint = gpt2_checkpoint,
    .embedding = "transformer.wte.weight",
});

}  // namespace trainbus
