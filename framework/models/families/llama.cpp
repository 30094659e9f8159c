#include "models/families/llama.hpp"

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/families/gated_style.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

const ModelConfig& checked(const ModelConfig& config) {
  if (config.model_type == "llama") return config;
  throw UsageError("the model's family is '" + config.model_type + "', expected 'llama'",
                   "config.json", "Take a Llama-family model.");
}

DecoderStyle llama_style(const ModelConfig& config) {
  return gated_style({.qkv_bias = config.attention_bias,
                      .out_bias = config.attention_bias,
                      .mlp_bias = config.mlp_bias});
}

void read_llama(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {}, config);
}

void write_llama(const ModelConfig& config, ConfigLines& lines) {
  write_gated(config, "LlamaForCausalLM", lines);
  lines.field("attention_bias", config.attention_bias);
  lines.field("hidden_act", config.hidden_act);
  lines.field("mlp_bias", config.mlp_bias);
  lines.rope(config);
  lines.common(config);
}

// Biases of some layers only, as in checkpoints that were Qwen2's: the others are zero, as they are
// in transformers.
void settle_llama(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  std::vector<std::string> absent;
  bool any = false;
  for (const Parameters::Shape& shape : Llama::shapes(config)) {
    if (!shape.name.ends_with("_proj.bias")) continue;
    any |= checkpoint.has(shape.name);
    if (!checkpoint.has(shape.name)) absent.push_back(shape.name);
  }
  if (!any || absent.empty()) return;
  log::warning(checkpoint.path().string() + ": '" + absent.front() + "'" +
               (absent.size() > 1 ? " and " + std::to_string(absent.size() - 1) + " more biases are"
                                  : " is") +
               " not stored and taken for zero");
  use.new_parameters = std::move(absent);
}

CheckpointMap llama_gguf(const ModelConfig& config) {
  return gguf_names(config, llama_style(config), {.permuted = true});
}

}  // namespace

std::vector<Parameters::Shape> Llama::shapes(const ModelConfig& config) {
  return Decoder::shapes(config, llama_style(config));
}

Llama::Llama(ModelConfig config, Parameters parameters)
    : Decoder(checked(config), llama_style(config), std::move(parameters)) {}

extern const ModelFamily llama_family;
const ModelFamily llama_family = {
    .model_type = "llama",
    .title = "Llama 2 and 3, SmolLM, SmolLM2, TinyLlama",
    .kind = ModelKind::Decoder,
    .read = read_llama,
    .write = write_llama,
    .shapes = Llama::shapes,
    .checkpoint = gated_checkpoint,
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      return std::make_unique<Llama>(std::move(config), std::move(parameters));
    },
    .settle = settle_llama,
    .gguf = llama_gguf,
};

}  // namespace trainbus
