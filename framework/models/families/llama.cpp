#include "models/families/llama.hpp"

#include <ATen/ops/index_select.h>

#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

void check(const ModelConfig& config) {
  const auto refuse = [](const std::string& what) {
    throw UsageError(what, "config.json",
                     "Take a Llama-family model without it (SmolLM2, Llama 3.0).");
  };
  if (config.model_type != "llama")
    refuse("the model's family is '" + config.model_type + "', expected 'llama'");
  if (config.hidden_act != "silu")
    refuse("hidden_act is '" + config.hidden_act + "', expected 'silu'");
}

// A table of all positions that a configuration may name would take longer to make, and more
// memory, than the model: it begins with as many as most texts have, and grows.
constexpr std::int64_t first_positions = 2048;

}  // namespace

std::vector<Parameters::Shape> Llama::shapes(const ModelConfig& c) {
  const std::int64_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  std::vector<Parameters::Shape> shapes = {{"model.embed_tokens.weight", {c.vocab_size, width}}};
  const auto add = [&](const std::string& name, std::int64_t rows, std::int64_t columns,
                       bool bias) {
    shapes.push_back({name + ".weight", {rows, columns}});
    if (bias) shapes.push_back({name + ".bias", {rows}});
  };
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    add(layer + "self_attn.q_proj", q, width, c.attention_bias);
    add(layer + "self_attn.k_proj", kv, width, c.attention_bias);
    add(layer + "self_attn.v_proj", kv, width, c.attention_bias);
    add(layer + "self_attn.o_proj", width, q, c.attention_bias);
    add(layer + "mlp.gate_proj", inner, width, c.mlp_bias);
    add(layer + "mlp.up_proj", inner, width, c.mlp_bias);
    add(layer + "mlp.down_proj", width, inner, c.mlp_bias);
    shapes.push_back({layer + "input_layernorm.weight", {width}});
    shapes.push_back({layer + "post_attention_layernorm.weight", {width}});
  }
  shapes.push_back({"model.norm.weight", {width}});
  if (!c.tie_word_embeddings) shapes.push_back({"lm_head.weight", {c.vocab_size, width}});
  return shapes;
}

Llama::Llama(ModelConfig given, Parameters parameters)
    : PretrainedModel((check(given), std::move(given)), std::move(parameters)),
      heads_{config().heads, config().kv_heads, config().head_dim},
      rotary_(layers::make_rotary_table(std::min(config().max_position_embeddings, first_positions),
                                        heads_.dimension, config().rope_theta,
                                        config().max_position_embeddings)) {
  ParameterId next = 1;
  const auto linears = [&](bool bias, auto... names) {
    for (Linear* linear : {names...}) {
      linear->weight = next++;
      if (bias) linear->bias = next++;
    }
  };
  for (std::int64_t i = 0; i < config().layers; ++i) {
    Block b;
    linears(config().attention_bias, &b.q, &b.k, &b.v, &b.o);
    linears(config().mlp_bias, &b.gate, &b.up, &b.down);
    b.input_norm = next++;
    b.post_attention_norm = next++;
    blocks_.push_back(b);
  }
  final_norm_ = next++;
  output_ = config().tie_word_embeddings ? embedding_ : next;
}

at::Tensor Llama::block(Weights& w, std::size_t index, at::Tensor x, const Batch& batch,
                        bool trim) const {
  const Block& p = blocks_[index];
  at::Tensor h = w.rms_norm(x, p.input_norm, config().norm_eps);
  h = w.linear(
      h, {.weights = {p.q.weight, p.k.weight, p.v.weight}, .biases = biases({p.q, p.k, p.v})});
  h = w.attention(h, batch,
                  {.layer = static_cast<std::int64_t>(index), .heads = heads_, .rotary = &rotary_});
  if (trim) {  // the last block is read at these positions only
    x = at::index_select(x, 1, batch.logit_positions);
    h = at::index_select(h, 1, batch.logit_positions);
  }
  x = w.linear(h, {.weights = p.o.weight, .biases = biases({p.o}), .residual = std::move(x)});
  h = w.rms_norm(x, p.post_attention_norm, config().norm_eps);
  h = layers::swiglu(
      w.linear(h, {.weights = {p.gate.weight, p.up.weight}, .biases = biases({p.gate, p.up})}));
  return w.linear(h,
                  {.weights = p.down.weight, .biases = biases({p.down}), .residual = std::move(x)});
}

ParameterIds Llama::biases(std::initializer_list<Linear> layers) {
  const Linear* l = layers.begin();
  if (l[0].bias == 0) return {};
  if (layers.size() == 1) return l[0].bias;
  if (layers.size() == 2) return {l[0].bias, l[1].bias};
  return {l[0].bias, l[1].bias, l[2].bias};
}

at::Tensor Llama::hidden(Weights& w, const Batch& batch) const {
  rotary_.reserve(longest_sequence(batch));
  at::Tensor x = w.embedding(batch.tokens, embedding_);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = block(w, i, std::move(x), batch,
              batch.logit_positions.defined() && i + 1 == blocks_.size());
  return w.rms_norm(x, final_norm_, config().norm_eps);
}

at::Tensor Llama::logits(Weights& w, const Batch& batch) const {
  return w.linear(hidden(w, batch), {.weights = output_, .rows = batch.candidate_ids});
}

namespace {

void read_llama(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, {}, config);
}

void write_llama(const ModelConfig& config, ConfigLines& lines) {
  lines.raw("architectures", "[\"LlamaForCausalLM\"]");
  lines.field("attention_bias", config.attention_bias);
  lines.field("attention_dropout", 0.0);
  lines.field("head_dim", config.head_dim);
  lines.field("hidden_act", config.hidden_act);
  lines.field("initializer_range", 0.02);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("mlp_bias", config.mlp_bias);
  lines.field("num_key_value_heads", config.kv_heads);
  lines.field("rms_norm_eps", config.norm_eps);
  // v4 reads rope_theta and rope_scaling, v5 rope_parameters.
  const std::string theta = ConfigLines::shortest(config.rope_theta);
  lines.raw("rope_parameters", "{\"rope_theta\": " + theta + ", \"rope_type\": \"default\"}");
  lines.raw("rope_scaling", "null");
  lines.raw("rope_theta", theta);
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
  CheckpointMap map;
  map.rename("model.embed_tokens.weight", {"token_embd.weight"})
      .rename("model.norm.weight", {"output_norm.weight"})
      .rename("lm_head.weight", {"output.weight"});
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    const std::string block = "blk." + std::to_string(i) + ".";
    for (const std::string kind : {".weight", ".bias"}) {
      map.permute(layer + "self_attn.q_proj" + kind, block + "attn_q" + kind, config.head_dim)
          .permute(layer + "self_attn.k_proj" + kind, block + "attn_k" + kind, config.head_dim)
          .rename(layer + "self_attn.v_proj" + kind, {block + "attn_v" + kind})
          .rename(layer + "self_attn.o_proj" + kind, {block + "attn_output" + kind})
          .rename(layer + "mlp.gate_proj" + kind, {block + "ffn_gate" + kind})
          .rename(layer + "mlp.up_proj" + kind, {block + "ffn_up" + kind})
          .rename(layer + "mlp.down_proj" + kind, {block + "ffn_down" + kind});
    }
    map.rename(layer + "input_layernorm.weight", {block + "attn_norm.weight"})
        .rename(layer + "post_attention_layernorm.weight", {block + "ffn_norm.weight"});
  }
  return map;
}

}  // namespace

extern const ModelFamily llama_family;
const ModelFamily llama_family = {
    .model_type = "llama",
    .kind = ModelKind::Decoder,
    .read = read_llama,
    .write = write_llama,
    .shapes = Llama::shapes,
    .checkpoint = [](const ModelConfig&) { return CheckpointMap(); },
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      return std::make_unique<Llama>(std::move(config), std::move(parameters));
    },
    .settle = settle_llama,
    .gguf = llama_gguf,
};

}  // namespace trainbus
