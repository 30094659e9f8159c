// Phi-3 and Phi-4 (arXiv 2404.14219): Llama with fused matrices, windows, partial and long rotary
// embeddings.
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle phi3_style(const ModelConfig&) { return gated_style({.fused = true}); }

void read_phi3(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {.default_norm_eps = 1e-5, .windows = true}, config);
  read_window_of_all(fields, 0, config);
}

void write_phi3(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "Phi3ForCausalLM", lines);
  lines.field("hidden_act", config.hidden_act);
  lines.field("original_max_position_embeddings", config.rope.original_positions > 0
                                                      ? config.rope.original_positions
                                                      : config.max_position_embeddings);
  lines.field("partial_rotary_factor", config.rope.partial);
  if (config.rope.kind == RopeKind::LongRope) lines.longrope_of_v4(config.rope);
  lines.rope(config);
  lines.window(config);
  lines.common(config);
}

}  // namespace

extern const ModelFamily phi3_family;
const ModelFamily phi3_family = decoder_family<phi3_style>({
    .model_type = "phi3",
    .title = "Phi-3, Phi-4",
    .read = read_phi3,
    .write = write_phi3,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
