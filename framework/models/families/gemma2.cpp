// Gemma 2 (arXiv 2408.00118): norms before and behind attention and MLP, soft caps of scores and
// logits, windows in every other layer.
#include "models/families/gemma_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

DecoderStyle gemma2_style(const ModelConfig& config) { return gemma_style(config, false); }

void read_gemma2(const JsonFields& fields, ModelConfig& config) {
  read_gemma(fields, {}, config);
  read_windows(
      fields, 4096, [](std::int64_t i) { return i % 2 == 0; }, config);
  config.attention.softcap = number_or_null(fields, "attn_logit_softcapping", 50);
  config.logit_softcap = number_or_null(fields, "final_logit_softcapping", 30);
}

void write_gemma2(const ModelConfig& config, ConfigLines& lines) {
  write_gemma(config, "Gemma2ForCausalLM", lines);
}

}  // namespace

extern const ModelFamily gemma2_family;
const ModelFamily gemma2_family = decoder_family<gemma2_style, GgufNaming{.one_added = true}>({
    .model_type = "gemma2",
    .title = "Gemma 2",
    .read = read_gemma2,
    .write = write_gemma2,
    .checkpoint = gated_checkpoint,
});

}  // namespace trainbus
