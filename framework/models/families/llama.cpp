#include "models/families/llama.hpp"

#include <ATen/ops/index_select.h>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::size_t tensors_per_block = 9;

void check(const ModelConfig& config) {
  const auto refuse = [](const std::string& what) {
    throw UsageError(what, "config.json",
                     "Take a Llama-family model without it (SmolLM2, Llama 2 or 3.0, TinyLlama).");
  };
  if (config.model_type != "llama")
    refuse("the model's family is '" + config.model_type + "', expected 'llama'");
  if (config.hidden_act != "silu")
    refuse("hidden_act is '" + config.hidden_act + "', expected 'silu'");
  if (config.attention_bias) refuse("attention_bias is true, expected false");
  if (config.mlp_bias) refuse("mlp_bias is true, expected false");
}

}  // namespace

std::vector<Parameters::Shape> Llama::shapes(const ModelConfig& c) {
  const std::int64_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  std::vector<Parameters::Shape> shapes = {{"model.embed_tokens.weight", {c.vocab_size, width}}};
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    shapes.push_back({layer + "self_attn.q_proj.weight", {q, width}});
    shapes.push_back({layer + "self_attn.k_proj.weight", {kv, width}});
    shapes.push_back({layer + "self_attn.v_proj.weight", {kv, width}});
    shapes.push_back({layer + "self_attn.o_proj.weight", {width, q}});
    shapes.push_back({layer + "mlp.gate_proj.weight", {inner, width}});
    shapes.push_back({layer + "mlp.up_proj.weight", {inner, width}});
    shapes.push_back({layer + "mlp.down_proj.weight", {width, inner}});
    shapes.push_back({layer + "input_layernorm.weight", {width}});
    shapes.push_back({layer + "post_attention_layernorm.weight", {width}});
  }
  shapes.push_back({"model.norm.weight", {width}});
  if (!c.tie_word_embeddings) shapes.push_back({"lm_head.weight", {c.vocab_size, width}});
  return shapes;
}

Llama::Llama(ModelConfig config, Parameters parameters)
    : PretrainedModel((check(config), std::move(config)), std::move(parameters)),
      heads_{this->config().heads, this->config().kv_heads, this->config().head_dim},
      rotary_(layers::make_rotary_table(this->config().max_position_embeddings, heads_.dimension,
                                        this->config().rope_theta)) {
  ParameterId next = 1;
  for (std::int64_t i = 0; i < this->config().layers; ++i, next += tensors_per_block) {
    const auto id = [next](int k) { return static_cast<ParameterId>(next + k); };
    blocks_.push_back({id(0), id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8)});
  }
  final_norm_ = next;
  output_ = this->config().tie_word_embeddings ? embedding_ : static_cast<ParameterId>(next + 1);
}

at::Tensor Llama::block(Weights& w, const Block& p, at::Tensor x, const Batch& batch,
                        bool trim) const {
  at::Tensor h = w.rms_norm(x, p.input_norm, config().norm_eps);
  h = layers::attention(w.linear(h, {p.q, p.k, p.v}), batch, heads_, layers::Attention::Causal,
                        &rotary_);
  if (trim) {  // the last block is read at these positions only
    x = at::index_select(x, 1, batch.positions);
    h = at::index_select(h, 1, batch.positions);
  }
  x = w.add_linear(std::move(x), h, p.o);
  h = w.rms_norm(x, p.post_attention_norm, config().norm_eps);
  return w.add_linear(std::move(x), layers::swiglu(w.linear(h, {p.gate, p.up})), p.down);
}

at::Tensor Llama::hidden(Weights& w, const Batch& batch) const {
  at::Tensor x = w.embedding(batch.tokens, embedding_);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = block(w, blocks_[i], std::move(x), batch,
              batch.positions.defined() && i + 1 == blocks_.size());
  return w.rms_norm(x, final_norm_, config().norm_eps);
}

at::Tensor Llama::logits(Weights& w, const Batch& batch) const {
  const at::Tensor h = hidden(w, batch);
  return batch.output_rows.defined() ? w.linear_rows(h, output_, batch.output_rows)
                                     : w.linear(h, {output_});
}

}  // namespace trainbus
