// Qwen3 (arXiv 2505.09388): Llama with RMSNorm of each query and key head.
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle qwen3_style(const ModelConfig& config) {
  return gated_style(
      {.qkv_bias = config.attention_bias, .out_bias = config.attention_bias, .head_norms = true});
}

void read_qwen3(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {.default_head_dim = 128, .windows = true}, config);
  read_qwen_windows(fields, config);
}

void write_qwen3(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "Qwen3ForCausalLM", lines);
  lines.field("attention_bias", config.attention_bias);
  lines.field("hidden_act", config.hidden_act);
  lines.rope(config);
  write_qwen_windows(config, lines);
  lines.common(config);
}

}  // namespace

extern const ModelFamily qwen3_family;
const ModelFamily qwen3_family = decoder_family<qwen3_style>({
    .model_type = "qwen3",
    .title = "Qwen3",
    .read = read_qwen3,
    .write = write_qwen3,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
