#include "models/families/opt.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>

#include "core/io/error.hpp"
#include "models/families/learned_positions.hpp"

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

at::Tensor norm(Weights& w, const at::Tensor& x, ParameterId gain, double eps) {
  return w.layer_norm(x, gain, bias_of(gain), eps);
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

at::Tensor Opt::block(Weights& w, const Block& p, at::Tensor x, const Batch& batch,
                      bool trim) const {
  const double eps = config().norm_eps;
  at::Tensor h = norm(w, x, p.attention_norm, eps);
  h = w.linear(h, {p.q, p.k, p.v}, {bias_of(p.q), bias_of(p.k), bias_of(p.v)});
  h = layers::attention(h, batch, heads_, layers::Attention::Causal);
  if (trim) {  // the last block is read at these positions only
    x = at::index_select(x, 1, batch.positions);
    h = at::index_select(h, 1, batch.positions);
  }
  x = w.add_linear(std::move(x), h, p.out, bias_of(p.out));
  h = norm(w, x, p.final_norm, eps);
  h = w.activated_linear(h, p.fc1, bias_of(p.fc1), activation_);
  return w.add_linear(std::move(x), h, p.fc2, bias_of(p.fc2));
}

at::Tensor Opt::hidden(Weights& w, const Batch& batch) const {
  at::Tensor x = embed(w, batch);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = block(w, blocks_[i], std::move(x), batch,
              batch.positions.defined() && i + 1 == blocks_.size());
  return norm(w, x, final_norm, config().norm_eps);
}

at::Tensor Opt::logits(Weights& w, const Batch& batch) const {
  const at::Tensor h = hidden(w, batch);
  return batch.output_rows.defined() ? w.linear_rows(h, output_, batch.output_rows)
                                     : w.linear(h, {output_});
}

}  // namespace trainbus
