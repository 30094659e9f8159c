// Gemma 3 (arXiv 2503.19786), models of text alone: Gemma 2 with norms of each query and key head
// instead of soft caps, and a rotary base of their own in layers with a window.
#include "formats/config/check.hpp"
#include "models/families/gemma_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle gemma3_style(const ModelConfig& config) { return gemma_style(config, true); }

void read_gemma3(const JsonFields& fields, ModelConfig& config) {
  read_gemma(
      fields,
      {.local_theta = "rope_local_base_freq", .default_theta = 1e6, .default_local_theta = 1e4},
      config);
  const std::int64_t pattern =
      fields.integer("sliding_window_pattern", 1, largest_model_extent,
                     fields.integer("_sliding_window_pattern", 1, largest_model_extent, 6));
  read_windows(
      fields, 4096, [&](std::int64_t i) { return (i + 1) % pattern != 0; }, config);
  config.attention.softcap = number_or_null(fields, "attn_logit_softcapping", 0);
  config.logit_softcap = number_or_null(fields, "final_logit_softcapping", 0);
}

void write_gemma3(const ModelConfig& config, ConfigLines& lines) {
  write_gemma(config, "Gemma3ForCausalLM", lines);
  lines.field("rope_local_base_freq", config.local_rope.theta);
}

}  // namespace

extern const ModelFamily gemma3_text_family;
const ModelFamily gemma3_text_family = decoder_family<gemma3_style, GgufNaming{.one_added = true}>({
    .model_type = "gemma3_text",
    .title = "Gemma 3 (text)",
    .read = read_gemma3,
    .write = write_gemma3,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
