// Qwen2 and Qwen2.5 (arXiv 2407.10671): Llama with biases of q, k and v.
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle qwen2_style(const ModelConfig&) { return gated_style({.qkv_bias = true}); }

void read_qwen2(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {.windows = true}, config);
  read_qwen_windows(fields, config);
}

void write_qwen2(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "Qwen2ForCausalLM", lines);
  lines.field("hidden_act", config.hidden_act);
  lines.rope(config);
  write_qwen_windows(config, lines);
  lines.common(config);
}

}  // namespace

extern const ModelFamily qwen2_family;
const ModelFamily qwen2_family = decoder_family<qwen2_style>({
    .model_type = "qwen2",
    .title = "Qwen2, Qwen2.5",
    .read = read_qwen2,
    .write = write_qwen2,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
