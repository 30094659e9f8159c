#include "models/families/gemma_style.hpp"

#include <cmath>

#include "core/io/error.hpp"

namespace trainbus {

DecoderStyle gemma_style(const ModelConfig& config, bool head_norms) {
  DecoderStyle style = gated_style({.qkv_bias = config.attention_bias,
                                    .out_bias = config.attention_bias,
                                    .head_norms = head_norms,
                                    .out_norms = true});
  style.norm_offset = 1;
  style.embedding_scale = std::sqrt(static_cast<double>(config.hidden_size));
  return style;
}

void read_gemma(const JsonFields& fields, const RopeNames& rope, ModelConfig& config) {
  read_common_config(fields,
                     {.activation = "hidden_activation",
                      .default_activation = "gelu_pytorch_tanh",
                      .default_head_dim = 256,
                      .default_kv_heads = 4,
                      .rope_names = rope,
                      .tied = true,
                      .windows = true},
                     config);
  if (fields.flag("use_bidirectional_attention", false))
    fields.refuse("use_bidirectional_attention",
                  "false: a decoder's tokens do not see those behind them",
                  "Use a checkpoint of a language model.");
  config.attention.query_scalar = fields.number("query_pre_attn_scalar", 256);
  if (config.attention.query_scalar <= 0)
    fields.refuse("query_pre_attn_scalar", "a positive number");
}

void write_gemma(const ModelConfig& config, const std::string& architecture, ConfigLines& lines) {
  const auto cap = [&](const std::string& key, double value) {
    lines.raw(key, value > 0 ? ConfigLines::shortest(value) : "null");
  };
  write_gated(config, architecture, lines);
  lines.field("attention_bias", config.attention_bias);
  cap("attn_logit_softcapping", config.attention.softcap);
  cap("final_logit_softcapping", config.logit_softcap);
  lines.field("hidden_act", config.hidden_act);  // v4 has both
  lines.field("hidden_activation", config.hidden_act);
  lines.whole("query_pre_attn_scalar", config.attention.query_scalar);
  lines.rope(config);
  lines.window(config);
  lines.layer_types(config);
  lines.common(config);
}

}  // namespace trainbus
