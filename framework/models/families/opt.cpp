#include "models/families/opt.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>

#include "core/io/error.hpp"
#include "models/families/learned_positions.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

enum : ParameterId { token_embedding, position_embedding, final_norm, first_block = 4 };
constexpr std::size_t tensors_per_block = 16;
// Position p has row p + 2: the first two rows are left over from a padding scheme.
constexpr std::int64_t position_offset = 2;

ParameterId bias_of(ParameterId weight) { return static_cast<ParameterId>(weight + 1); }

const ModelConfig& checked(const ModelConfig& config) {
  if (config.model_type == "opt") return config;
  throw UsageError("the model's family is '" + config.model_type + "', expected 'opt'",
                   "config.json", "Take an OPT model.");
}

at::Tensor norm(Weights& w, const at::Tensor& x, ParameterId weight, double eps) {
  return w.layer_norm(x, weight, bias_of(weight), eps);
}

}  // namespace

std::vector<Parameters::Shape> Opt::shapes(const ModelConfig& c) {
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  std::vector<Parameters::Shape> shapes = {
      {"model.decoder.embed_tokens.weight", {c.vocab_size, width}},
      {"model.decoder.embed_positions.weight",
       {c.max_position_embeddings + position_offset, width}}};
  const auto add = [&](const std::string& name, std::vector<std::int64_t> sizes) {
    const std::int64_t rows = sizes.front();
    shapes.push_back({name + ".weight", std::move(sizes)});
    shapes.push_back({name + ".bias", {rows}});
  };
  add("model.decoder.final_layer_norm", {width});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "model.decoder.layers." + std::to_string(i) + ".";
    for (const char* name : {"k_proj", "v_proj", "q_proj", "out_proj"})
      add(layer + "self_attn." + name, {width, width});
    add(layer + "self_attn_layer_norm", {width});
    add(layer + "fc1", {inner, width});
    add(layer + "fc2", {width, inner});
    add(layer + "final_layer_norm", {width});
  }
  if (!c.tie_word_embeddings) shapes.push_back({"lm_head.weight", {c.vocab_size, width}});
  return shapes;
}

Opt::Opt(ModelConfig given, Parameters parameters)
    : PretrainedModel(checked(given), std::move(parameters)),
      heads_{config().heads, config().kv_heads, config().head_dim},
      activation_(activation_named(config().hidden_act)) {
  ParameterId next = first_block;
  for (std::int64_t i = 0; i < config().layers; ++i, next += tensors_per_block) {
    const auto id = [next](int k) { return static_cast<ParameterId>(next + 2 * k); };
    blocks_.push_back({id(0), id(1), id(2), id(3), id(4), id(5), id(6), id(7)});
  }
  output_ = config().tie_word_embeddings ? ParameterId{token_embedding} : next;
}

at::Tensor Opt::embed(Weights& w, const Batch& batch) const {
  const at::Tensor positions = learned_positions(batch, config().max_position_embeddings);
  return w.embedding(batch.tokens, token_embedding) +
         w.embedding(positions + position_offset, position_embedding);
}

at::Tensor Opt::block(Weights& w, std::size_t index, at::Tensor x, const Batch& batch,
                      bool trim) const {
  const Block& p = blocks_[index];
  const double eps = config().norm_eps;
  at::Tensor h = norm(w, x, p.attention_norm, eps);
  h = w.linear(h,
               {.weights = {p.q, p.k, p.v}, .biases = {bias_of(p.q), bias_of(p.k), bias_of(p.v)}});
  h = w.attention(h, batch, {.layer = static_cast<std::int64_t>(index), .heads = heads_});
  if (trim) {  // the last block is read at these positions only
    x = at::index_select(x, 1, batch.logit_positions);
    h = at::index_select(h, 1, batch.logit_positions);
  }
  x = w.linear(h, {.weights = p.out, .biases = bias_of(p.out), .residual = std::move(x)});
  h = norm(w, x, p.final_norm, eps);
  h = w.linear(h, {.weights = p.fc1, .biases = bias_of(p.fc1), .activation = activation_});
  return w.linear(h, {.weights = p.fc2, .biases = bias_of(p.fc2), .residual = std::move(x)});
}

at::Tensor Opt::hidden(Weights& w, const Batch& batch) const {
  at::Tensor x = embed(w, batch);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = block(w, i, std::move(x), batch,
              batch.logit_positions.defined() && i + 1 == blocks_.size());
  return norm(w, x, final_norm, config().norm_eps);
}

at::Tensor Opt::logits(Weights& w, const Batch& batch) const {
  return w.linear(hidden(w, batch), {.weights = output_, .rows = batch.candidate_ids});
}

namespace {

constexpr std::string_view without = "Use a checkpoint without it.";

// opt-350m is the one that differs from its sisters.
void refuse_unsupported(const JsonFields& fields) {
  if (!fields.flag("do_layer_norm_before", true))
    fields.refuse("do_layer_norm_before", "true: norms behind each block are not computed",
                  "Use another OPT than opt-350m.");
  if (fields.flag("_remove_final_layer_norm", false))
    fields.refuse("_remove_final_layer_norm", "false: a final norm is computed", without);
  if (!fields.flag("enable_bias", true))
    fields.refuse("enable_bias", "true: matrices without biases are not computed", without);
  if (!fields.flag("layer_norm_elementwise_affine", true))
    fields.refuse("layer_norm_elementwise_affine", "true: norms without weights are not computed",
                  without);
  if (fields.has("word_embed_proj_dim") && fields.has("hidden_size") &&
      fields.number("word_embed_proj_dim", 0) != fields.number("hidden_size", 0))
    fields.refuse("word_embed_proj_dim", "hidden_size: projections are not computed",
                  "Use another OPT than opt-350m.");
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
}

void write_opt(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"OPTForCausalLM\"]");
  lines.field("activation_function", config.hidden_act);
  lines.field("do_layer_norm_before", true);
  lines.field("enable_bias", true);
  lines.field("ffn_dim", config.intermediate_size);
  lines.field("layer_norm_elementwise_affine", true);
  lines.field("word_embed_proj_dim", config.hidden_size);
  lines.common(config);
}

// Checkpoints of the bare decoder have no "model." before its tensors.
CheckpointMap opt_checkpoint(const ModelConfig& config) {
  CheckpointMap map;
  for (const Parameters::Shape& shape : Opt::shapes(config))
    if (shape.name.starts_with("model."))
      map.rename(shape.name, {shape.name, shape.name.substr(std::string_view("model.").size())});
  return map;
}

}  // namespace

extern const ModelFamily opt_family;
const ModelFamily opt_family = {
    .model_type = "opt",
    .kind = ModelKind::Decoder,
    .read = read_opt,
    .write = write_opt,
    .shapes = Opt::shapes,
    .checkpoint = opt_checkpoint,
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      return std::make_unique<Opt>(std::move(config), std::move(parameters));
    },
    .embedding = "model.decoder.embed_tokens.weight",
};

}  // namespace trainbus
