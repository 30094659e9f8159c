#include "models/families/gated_style.hpp"

#include "formats/config/check.hpp"

namespace trainbus {

DecoderStyle gated_style(const GatedParts& parts) {
  DecoderStyle style;
  style.before = {{DecoderRole::Embedding, "model.embed_tokens"}};
  std::vector<NamedRole>& layer = style.layer;
  if (parts.fused) {
    layer = {{DecoderRole::AttentionOut, "self_attn.o_proj", parts.out_bias},
             {DecoderRole::QueryKeyValue, "self_attn.qkv_proj", parts.qkv_bias}};
  } else {
    layer = {{DecoderRole::Query, "self_attn.q_proj", parts.qkv_bias},
             {DecoderRole::Key, "self_attn.k_proj", parts.qkv_bias},
             {DecoderRole::Value, "self_attn.v_proj", parts.qkv_bias},
             {DecoderRole::AttentionOut, "self_attn.o_proj", parts.out_bias}};
  }
  if (parts.head_norms) {
    layer.push_back({DecoderRole::QueryNorm, "self_attn.q_norm"});
    layer.push_back({DecoderRole::KeyNorm, "self_attn.k_norm"});
  }
  if (parts.fused) {
    layer.push_back({DecoderRole::GateUp, "mlp.gate_up_proj", parts.mlp_bias});
  } else {
    layer.push_back({DecoderRole::Gate, "mlp.gate_proj", parts.mlp_bias});
    layer.push_back({DecoderRole::Up, "mlp.up_proj", parts.mlp_bias});
  }
  layer.push_back({DecoderRole::Down, "mlp.down_proj", parts.mlp_bias});
  layer.push_back({DecoderRole::AttentionNorm, "input_layernorm"});
  if (parts.out_norms) {
    layer.push_back({DecoderRole::AttentionOutNorm, "post_attention_layernorm"});
    layer.push_back({DecoderRole::MlpNorm, "pre_feedforward_layernorm"});
    layer.push_back({DecoderRole::MlpOutNorm, "post_feedforward_layernorm"});
  } else {
    layer.push_back({DecoderRole::MlpNorm, "post_attention_layernorm"});
  }
  style.after = {{DecoderRole::FinalNorm, "model.norm"}, {DecoderRole::Output, "lm_head"}};
  return style;
}

void write_gated(const ModelConfig& config, const std::string& architecture, ConfigLines& lines) {
  lines.raw("architectures", "[\"" + architecture + "\"]");
  lines.field("attention_dropout", 0.0);
  lines.field("head_dim", config.head_dim);
  lines.field("initializer_range", 0.02);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("num_key_value_heads", config.kv_heads);
  lines.field("rms_norm_eps", config.norm_eps);
}

void read_qwen_windows(const JsonFields& fields, ModelConfig& config) {
  if (!fields.flag("use_sliding_window", false)) return;
  const std::int64_t first = fields.integer("max_window_layers", 0, largest_model_extent, 28);
  read_windows(
      fields, 4096, [&](std::int64_t i) { return i >= first; }, config);
}

// What a file says of windows that are not used is kept as it is.
void write_qwen_windows(const ModelConfig& config, ConfigLines& lines) {
  lines.field("use_sliding_window", config.attention.window > 0);
  if (config.attention.window == 0) return;
  lines.window(config);
  lines.layer_types(config);
}

CheckpointMap gated_checkpoint(const ModelConfig&) {
  return CheckpointMap().also_without("model.");
}

}  // namespace trainbus
