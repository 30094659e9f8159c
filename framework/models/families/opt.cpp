#include "models/families/opt.hpp"

#include "core/io/error.hpp"
#include "formats/config/check.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view without = "Use a checkpoint without it.";

const ModelConfig& checked(const ModelConfig& config) {
  if (config.model_type == "opt") return config;
  throw UsageError("the model's family is '" + config.model_type + "', expected 'opt'",
                   "config.json", "Take an OPT model.");
}

DecoderStyle opt_style(const ModelConfig& config) {
  DecoderStyle style;
  style.before = {{DecoderRole::Embedding, "model.decoder.embed_tokens"},
                  {DecoderRole::Positions, "model.decoder.embed_positions"}};
  if (config.embedding_size > 0) {
    style.before.push_back({DecoderRole::ProjectOut, "model.decoder.project_out"});
    style.before.push_back({DecoderRole::ProjectIn, "model.decoder.project_in"});
  }
  if (!config.norm_after)
    style.before.push_back({DecoderRole::FinalNorm, "model.decoder.final_layer_norm", true});
  style.layer = {{DecoderRole::Key, "self_attn.k_proj", true},
                 {DecoderRole::Value, "self_attn.v_proj", true},
                 {DecoderRole::Query, "self_attn.q_proj", true},
                 {DecoderRole::AttentionOut, "self_attn.out_proj", true},
                 {DecoderRole::AttentionNorm, "self_attn_layer_norm", true},
                 {DecoderRole::Up, "fc1", true},
                 {DecoderRole::Down, "fc2", true},
                 {DecoderRole::MlpNorm, "final_layer_norm", true}};
  style.after = {{DecoderRole::Output, "lm_head"}};
  style.layers = "model.decoder.layers.";
  style.layer_norm = true;
  // The first two rows are left over from a padding scheme.
  style.position_offset = 2;
  return style;
}

void refuse_unsupported(const JsonFields& fields) {
  if (fields.flag("_remove_final_layer_norm", false))
    fields.refuse("_remove_final_layer_norm", "false: a final norm is computed", without);
  if (!fields.flag("enable_bias", true))
    fields.refuse("enable_bias", "true: matrices without biases are not computed", without);
  if (!fields.flag("layer_norm_elementwise_affine", true))
    fields.refuse("layer_norm_elementwise_affine", "true: norms without weights are not computed",
                  without);
}

void read_opt(const JsonFields& fields, ModelConfig& config) {
  refuse_unsupported(fields);
  read_common_config(fields,
                     {.intermediate_size = "ffn_dim",
                      .activation = "activation_function",
                      .default_norm_eps = 1e-5,
                      .default_activation = "relu",
                      .rope = false,
                      .tied = true},
                     config);
  config.norm_after = !fields.flag("do_layer_norm_before", true);
  const std::int64_t width =
      fields.integer("word_embed_proj_dim", 1, largest_model_extent, config.hidden_size);
  config.embedding_size = width == config.hidden_size ? 0 : width;
}

void write_opt(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"OPTForCausalLM\"]");
  lines.field("activation_function", config.hidden_act);
  lines.field("do_layer_norm_before", !config.norm_after);
  lines.field("enable_bias", true);
  lines.field("ffn_dim", config.intermediate_size);
  lines.field("layer_norm_elementwise_affine", true);
  lines.field("word_embed_proj_dim",
              config.embedding_size > 0 ? config.embedding_size : config.hidden_size);
  lines.common(config);
}

}  // namespace

std::vector<Parameters::Shape> Opt::shapes(const ModelConfig& config) {
  return Decoder::shapes(config, opt_style(config));
}

Opt::Opt(ModelConfig config, Parameters parameters)
    : Decoder(checked(config), opt_style(config), std::move(parameters)) {}

extern const ModelFamily opt_family;
const ModelFamily opt_family = {
    .model_type = "opt",
    .title = "OPT",
    .kind = ModelKind::Decoder,
    .read = read_opt,
    .write = write_opt,
    .shapes = Opt::shapes,
    // Checkpoints of the bare decoder have no "model." before its tensors.
    .checkpoint = [](const ModelConfig&) { return CheckpointMap().also_without("model."); },
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      return std::make_unique<Opt>(std::move(config), std::move(parameters));
    },
    .embedding = "model.decoder.embed_tokens.weight",
};

}  // namespace trainbus
