// Mistral (arXiv 2310.06825): Llama with a sliding window in all layers, or without.
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle mistral_style(const ModelConfig&) { return gated_style({}); }

void read_mistral(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {.default_kv_heads = 8, .windows = true}, config);
  read_window_of_all(fields, 4096, config);
}

void write_mistral(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "MistralForCausalLM", lines);
  lines.field("hidden_act", config.hidden_act);
  lines.rope(config);
  lines.window(config);
  lines.common(config);
}

}  // namespace

extern const ModelFamily mistral_family;
const ModelFamily mistral_family = decoder_family<mistral_style>({
    .model_type = "mistral",
    .title = "Mistral",
    .read = read_mistral,
    .write = write_mistral,
    .checkpoint = gated_checkpoint,
    .gguf_as = "llama",
});

}  // namespace trainbus
