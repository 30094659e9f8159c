// ModernBERT (arXiv 2412.13663): an encoder of pre-norm blocks with rotary embeddings, gated MLPs
// and, in most layers, attention to what is near.
#include <ATen/ops/index_select.h>

#include "formats/config/check.hpp"
#include "models/families/encoders/encoder.hpp"
#include "models/families/encoders/encoder_files.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/family.hpp"
#include "models/layers/layers.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "model.";

struct Block {
  std::optional<Affine> attention_norm;  // not in the first one
  Affine qkv, attention_out, mlp_norm, gate_up, down;
};

struct Parts {
  ParameterId words = 0;
  Affine embedding_norm, final_norm;
  std::vector<Block> blocks;
  EncoderHead head;
};

// For classes and for words the same but for what they read.
EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size;
  EncoderHead head;
  head.dense = list.linear("head.dense", width, width, c.modernbert.classifier_bias);
  head.activation = head_activation(c.modernbert.classifier_activation);
  head.norm = list.norm("head.norm", width, c.modernbert.norm_bias);
  if (asks_for_classes(c)) {
    head.reads =
        c.classifier_pooling == "mean" ? EncoderHead::Reads::Mean : EncoderHead::Reads::FirstToken;
    head.output = list.linear("classifier", class_count(c), width);
  } else {
    head.output.weight =
        c.tie_word_embeddings ? words : list.add("decoder.weight", {c.vocab_size, width});
    if (c.modernbert.decoder_bias) head.output.bias = list.add("decoder.bias", {c.vocab_size});
  }
  return head;
}

// In the order of named_parameters() of ModernBertForMaskedLM or
// ModernBertForSequenceClassification.
Parts list_modernbert(const ModelConfig& c, ParameterList& list) {
  const std::string network(prefix);
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  const bool norm_bias = c.modernbert.norm_bias;
  Parts parts;
  parts.words = list.add(network + "embeddings.tok_embeddings.weight", {c.vocab_size, width});
  parts.embedding_norm = list.norm(network + "embeddings.norm", width, norm_bias);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = network + "layers." + std::to_string(i) + ".";
    Block b;
    if (i > 0) b.attention_norm = list.norm(layer + "attn_norm", width, norm_bias);
    b.qkv = list.linear(layer + "attn.Wqkv", 3 * width, width, c.attention_bias);
    b.attention_out = list.linear(layer + "attn.Wo", width, width, c.attention_bias);
    b.mlp_norm = list.norm(layer + "mlp_norm", width, norm_bias);
    b.gate_up = list.linear(layer + "mlp.Wi", 2 * inner, width, c.mlp_bias);
    b.down = list.linear(layer + "mlp.Wo", width, inner, c.mlp_bias);
    parts.blocks.push_back(b);
  }
  parts.final_norm = list.norm(network + "final_norm", width, norm_bias);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

class ModernBert final : public Encoder {
 public:
  ModernBert(ModelConfig given, Parameters parameters, Parts parts)
      : Encoder(std::move(given), std::move(parameters), parts.head),
        parts_(std::move(parts)),
        activation_(activation_named(config().hidden_act)),
        rotary_(config().rope, config().head_dim, config().max_position_embeddings),
        local_rotary_(config().local_rope, config().head_dim, config().max_position_embeddings) {}

 private:
  at::Tensor norm(Weights& w, const at::Tensor& x, const Affine& layer) const {
    return w.layer_norm(x, layer.weight, layer.bias, config().norm_eps);
  }

  at::Tensor attend(Weights& w, const at::Tensor& x, std::size_t index, const Batch& batch) const {
    const Block& p = parts_.blocks[index];
    const auto layer = static_cast<std::int64_t>(index);
    const bool near = config().attention.layer(layer).window;
    const at::Tensor h = p.attention_norm ? norm(w, x, *p.attention_norm) : x;
    return w.attention(w.linear(h, p.qkv.weight, p.qkv.biases()), batch,
                       {.layer = layer,
                        .heads = {config().heads, config().heads, config().head_dim},
                        .kind = layers::Attention::Bidirectional,
                        .rotary = near ? &local_rotary_ : &rotary_,
                        .window = near ? config().attention.window : 0});
  }

  at::Tensor after_attention(Weights& w, at::Tensor x, const at::Tensor& attended,
                             const Block& p) const {
    x = w.linear(attended, {.weights = p.attention_out.weight,
                            .biases = p.attention_out.biases(),
                            .residual = std::move(x)});
    const at::Tensor gate_up =
        w.linear(norm(w, x, p.mlp_norm), p.gate_up.weight, p.gate_up.biases());
    return w.linear(
        layers::gated(activation_, gate_up),
        {.weights = p.down.weight, .biases = p.down.biases(), .residual = std::move(x)});
  }

  at::Tensor encode(Weights& w, const Batch& batch, const at::Tensor& positions) const override {
    for (const layers::RotaryTable* table : {&rotary_, &local_rotary_})
      table->reserve(longest_sequence(batch));
    at::Tensor x = norm(w, w.embedding(batch.tokens, parts_.words), parts_.embedding_norm);
    for (std::size_t i = 0; i < parts_.blocks.size(); ++i) {
      at::Tensor h = attend(w, x, i, batch);
      if (positions.defined() && i + 1 == parts_.blocks.size()) {  // read at these positions only
        x = at::index_select(x, 1, positions);
        h = at::index_select(h, 1, positions);
      }
      x = after_attention(w, std::move(x), h, parts_.blocks[i]);
    }
    return norm(w, x, parts_.final_norm);
  }

  Parts parts_;
  Activation activation_;
  layers::RotaryTable rotary_, local_rotary_;
};

std::vector<Parameters::Shape> modernbert_shapes(const ModelConfig& config) {
  ParameterList list;
  list_modernbert(config, list);
  return list.shapes();
}

void read_modernbert(const JsonFields& fields, ModelConfig& config) {
  constexpr double local_theta = 10'000;
  read_common_config(fields,
                     {.norm_eps = "norm_eps",
                      .activation = "hidden_activation",
                      .default_norm_eps = 1e-5,
                      .default_activation = "gelu",
                      .rope_names = {.theta = "global_rope_theta",
                                     .local_theta = "local_rope_theta",
                                     .default_theta = 160'000,
                                     .default_local_theta = local_theta},
                      .tied = true,
                      .windows = true},
                     config);
  if (!config.local_rope.is_used()) config.local_rope.theta = local_theta;
  const std::int64_t every =
      fields.integer("global_attn_every_n_layers", 1, largest_model_extent, 3);
  read_windows(
      fields, fields.integer("local_attention", 1, largest_model_extent, 128),
      [&](std::int64_t layer) { return layer % every != 0; }, config);
  config.modernbert = {.norm_bias = fields.flag("norm_bias", false),
                       .decoder_bias = fields.flag("decoder_bias", true),
                       .classifier_bias = fields.flag("classifier_bias", false),
                       .classifier_activation = fields.text("classifier_activation", "gelu")};
  config.classifier_pooling = fields.text("classifier_pooling", "cls");
  if (config.classifier_pooling != "cls" && config.classifier_pooling != "mean")
    fields.refuse("classifier_pooling", "\"cls\" or \"mean\"", "Correct the file.");
}

// v4 says which layers have no window by a number, v5 by layer_types.
void write_layers(const ModelConfig& config, ConfigLines& lines) {
  std::string types;
  for (std::int64_t i = 0; i < config.layers; ++i)
    types += std::string(i > 0 ? ", " : "") +
             (config.attention.layer(i).window ? "\"sliding_attention\"" : "\"full_attention\"");
  lines.raw("layer_types", "[" + types + "]");
  const auto fits = [&](std::int64_t every) {
    for (std::int64_t i = 0; i < config.layers; ++i)
      if (config.attention.layer(i).window != (i % every != 0)) return false;
    return true;
  };
  for (std::int64_t every = 1; every <= config.layers; ++every)
    if (fits(every)) return lines.field("global_attn_every_n_layers", every);
}

void write_modernbert(const ModelConfig& config, ConfigLines& lines) {
  write_heads(config, lines);
  lines.field("attention_bias", config.attention_bias);
  lines.field("classifier_activation", config.modernbert.classifier_activation);
  lines.field("classifier_bias", config.modernbert.classifier_bias);
  lines.field("classifier_pooling", config.classifier_pooling);
  lines.field("decoder_bias", config.modernbert.decoder_bias);
  lines.field("global_rope_theta", config.rope.theta);
  lines.field("hidden_activation", config.hidden_act);
  lines.field("intermediate_size", config.intermediate_size);
  if (config.attention.window > 0) lines.field("local_attention", config.attention.window);
  lines.field("local_rope_theta", config.local_rope.theta);
  lines.field("mlp_bias", config.mlp_bias);
  lines.field("norm_bias", config.modernbert.norm_bias);
  lines.field("norm_eps", config.norm_eps);
  write_layers(config, lines);
  lines.raw("rope_parameters",
            "{\"full_attention\": " + ConfigLines::rope_object(config.rope, true) +
                ", \"sliding_attention\": " + ConfigLines::rope_object(config.local_rope, true) +
                "}");
  lines.raw("rope_scaling", "null");
  lines.common(config);
}

CheckpointMap modernbert_checkpoint(const ModelConfig& config) {
  return encoder_checkpoint(modernbert_shapes(config), prefix,
                            {"head.", "decoder.", "classifier."});
}

void settle_modernbert(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  settle_encoder(config, checkpoint, use,
                 {.words_class = "ModernBertForMaskedLM",
                  .classes_class = "ModernBertForSequenceClassification",
                  .prefix = prefix,
                  .classifier = "classifier.weight",
                  .shapes = modernbert_shapes,
                  .checkpoint = modernbert_checkpoint});
}

}  // namespace

extern const ModelFamily modernbert_family;
const ModelFamily modernbert_family = {
    .model_type = "modernbert",
    .title = "ModernBERT",
    .kind = ModelKind::MaskedEncoder,
    .read = read_modernbert,
    .write = write_modernbert,
    .shapes = modernbert_shapes,
    .checkpoint = modernbert_checkpoint,
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      ParameterList list;
      Parts parts = list_modernbert(config, list);
      return std::make_unique<ModernBert>(std::move(config), std::move(parameters),
                                          std::move(parts));
    },
    .embedding = "model.embeddings.tok_embeddings.weight",
    .output = "decoder.weight",
    .settle = settle_modernbert,
};

}  // namespace trainbus
