#include "models/families/decoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/nonzero.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "models/families/learned_positions.hpp"
#include "models/layers/layers.hpp"

namespace trainbus {
namespace {

std::size_t index(DecoderRole role) { return static_cast<std::size_t>(role); }

// As the type of the weights has it: Gemma's root of the hidden size is rounded to that.
double rounded(double scale, kernels::Format format) {
  switch (format) {
    case kernels::Format::Float32:
      return static_cast<float>(scale);
    case kernels::Format::Float16:
      return static_cast<float>(c10::Half(static_cast<float>(scale)));
    default:
      return static_cast<float>(c10::BFloat16(static_cast<float>(scale)));
  }
}

// Those that there are.
ParameterIds list(std::initializer_list<std::optional<ParameterId>> ids) {
  std::array<ParameterId, ParameterIds::most> present = {};
  std::size_t count = 0;
  for (const std::optional<ParameterId>& id : ids)
    if (id) present[count++] = *id;
  switch (count) {
    case 0:
      return {};
    case 1:
      return {present[0]};
    case 2:
      return {present[0], present[1]};
    default:
      return {present[0], present[1], present[2]};
  }
}

std::optional<layers::RotaryTable> table(const Rope& rope, const ModelConfig& config) {
  if (!rope.is_used()) return std::nullopt;
  return layers::RotaryTable(rope, config.head_dim, config.max_position_embeddings);
}

}  // namespace

Decoder::Decoder(ModelConfig given, DecoderStyle style, Parameters parameters)
    : PretrainedModel(std::move(given), std::move(parameters)),
      style_(std::move(style)),
      activation_(activation_named(config().hidden_act)),
      heads_{config().heads, config().kv_heads, config().head_dim},
      rotary_(table(config().rope, config())),
      local_rotary_(table(config().local_rope, config())),
      layers_(static_cast<std::size_t>(config().layers)) {
  ParameterId next = 0;
  for_each_parameter(config(), style_,
                     [&](std::int64_t layer, DecoderRole role, const std::string&, bool is_bias) {
                       Table& table =
                           layer < 0 ? outside_ : layers_[static_cast<std::size_t>(layer)];
                       Linear& linear = table[index(role)];
                       (is_bias ? linear.bias : linear.weight) = next++;
                     });
}

const Decoder::Linear& Decoder::at(std::int64_t layer, DecoderRole role) const {
  return (layer < 0 ? outside_ : layers_[static_cast<std::size_t>(layer)])[index(role)];
}

std::int64_t Decoder::positions() const {
  const std::int64_t trained = config().max_position_embeddings;
  const Rope& rope = config().rope;
  if (rope.kind != RopeKind::Dynamic) return trained;
  return static_cast<std::int64_t>(static_cast<double>(trained) * rope.factor);
}

bool Decoder::keys_serve(std::int64_t from, std::int64_t to) const {
  for (const auto* table : {&rotary_, &local_rotary_})
    if (*table && (*table)->frequencies_of(from) != (*table)->frequencies_of(to)) return false;
  return true;
}

const layers::RotaryTable* Decoder::rotary_of(std::int64_t layer) const {
  const LayerKind kind = config().attention.layer(layer);
  if (!kind.rotary || !rotary_) return nullptr;
  return kind.window && local_rotary_ ? &*local_rotary_ : &*rotary_;
}

at::Tensor Decoder::norm(Weights& w, const Linear& norm, const at::Tensor& x) const {
  return style_.layer_norm ? w.layer_norm(x, *norm.weight, norm.bias, config().norm_eps)
                           : w.rms_norm(x, *norm.weight, config().norm_eps, style_.norm_offset);
}

at::Tensor Decoder::attend(Weights& w, std::int64_t layer, const at::Tensor& x,
                           const Batch& batch) const {
  const Linear &q = at(layer, DecoderRole::Query), &k = at(layer, DecoderRole::Key),
               &v = at(layer, DecoderRole::Value);
  at::Tensor qkv;
  if (const Linear& all = at(layer, DecoderRole::QueryKeyValue); all.weight)
    qkv = w.linear(x, {.weights = *all.weight, .biases = list({all.bias})});
  else
    qkv = w.linear(x, {.weights = {*q.weight, *k.weight, *v.weight},
                       .biases = list({q.bias, k.bias, v.bias})});
  if (has(layer, DecoderRole::QueryNorm))
    qkv = w.head_norm(std::move(qkv), {.heads = heads_,
                                       .query = *at(layer, DecoderRole::QueryNorm).weight,
                                       .key = *at(layer, DecoderRole::KeyNorm).weight,
                                       .eps = config().norm_eps,
                                       .offset = style_.norm_offset});
  const AttentionConfig& attention = config().attention;
  return w.attention(qkv, batch,
                     {.layer = layer,
                      .heads = heads_,
                      .rotary = rotary_of(layer),
                      .window = attention.layer(layer).window ? attention.window : 0,
                      .scale = scale_of(layer),
                      .softcap = attention.softcap});
}

double Decoder::scale_of(std::int64_t layer) const {
  const AttentionConfig& attention = config().attention;
  const double scalar =
      attention.query_scalar > 0 ? attention.query_scalar : static_cast<double>(heads_.dimension);
  const double scale = 1 / std::sqrt(scalar);
  return attention.divided_by_layer ? scale / static_cast<double>(layer + 1) : scale;
}

// The layer's output, normed where it has a norm of its own, added to the residual.
at::Tensor Decoder::added(Weights& w, std::int64_t layer, DecoderRole matrix, DecoderRole out_norm,
                          const at::Tensor& x, at::Tensor residual) const {
  const Linear& linear = at(layer, matrix);
  if (!has(layer, out_norm))
    return w.linear(x, {.weights = *linear.weight,
                        .biases = list({linear.bias}),
                        .residual = std::move(residual)});
  const at::Tensor y = w.linear(x, {.weights = *linear.weight, .biases = list({linear.bias})});
  return norm(w, at(layer, out_norm), y) + residual;
}

at::Tensor Decoder::mlp(Weights& w, std::int64_t layer, const at::Tensor& x,
                        at::Tensor residual) const {
  const Linear &gate = at(layer, DecoderRole::Gate), &up = at(layer, DecoderRole::Up);
  at::Tensor h;
  if (const Linear& both = at(layer, DecoderRole::GateUp); both.weight)
    h = layers::gated(activation_,
                      w.linear(x, {.weights = *both.weight, .biases = list({both.bias})}));
  else if (gate.weight)
    h = layers::gated(activation_, w.linear(x, {.weights = {*gate.weight, *up.weight},
                                                .biases = list({gate.bias, up.bias})}));
  else
    h = w.linear(x, {.weights = *up.weight, .biases = list({up.bias}), .activation = activation_});
  return added(w, layer, DecoderRole::Down, DecoderRole::MlpOutNorm, h, std::move(residual));
}

at::Tensor Decoder::block(Weights& w, std::int64_t layer, at::Tensor x, const Batch& batch,
                          bool trim) const {
  const Linear &first = at(layer, DecoderRole::AttentionNorm),
               &second = at(layer, DecoderRole::MlpNorm);
  const bool after = config().norm_after;
  at::Tensor normed = after ? x : norm(w, first, x);
  at::Tensor h = attend(w, layer, normed, batch);
  if (trim) {  // the last block is read at these positions only
    const auto select = [&](at::Tensor& t) { t = at::index_select(t, 1, batch.logit_positions); };
    select(x);
    select(h);
    if (config().parallel_residual && !second.weight) select(normed);
  }
  if (config().parallel_residual) {
    const at::Tensor of_mlp = second.weight ? norm(w, second, x) : normed;
    x = added(w, layer, DecoderRole::AttentionOut, DecoderRole::AttentionOutNorm, h, std::move(x));
    return mlp(w, layer, of_mlp, std::move(x));
  }
  x = added(w, layer, DecoderRole::AttentionOut, DecoderRole::AttentionOutNorm, h, std::move(x));
  if (!after) {
    normed = norm(w, second, x);
    return mlp(w, layer, normed, std::move(x));
  }
  x = norm(w, first, x);
  return norm(w, second, mlp(w, layer, x, x.clone()));
}

at::Tensor Decoder::embed(Weights& w, const Batch& batch) const {
  at::Tensor x = w.embedding(batch.tokens, *at(-1, DecoderRole::Embedding).weight);
  if (style_.embedding_scale != 1) x.mul_(rounded(style_.embedding_scale, parameters().format()));
  if (const Linear& in = at(-1, DecoderRole::ProjectIn); in.weight)
    x = w.linear(x, {.weights = *in.weight});
  if (const Linear& positions = at(-1, DecoderRole::Positions); positions.weight)
    x = x + w.embedding(
                learned_positions(batch, config().max_position_embeddings) + style_.position_offset,
                *positions.weight);
  return x;
}

at::Tensor Decoder::hidden(Weights& w, const Batch& batch) const {
  for (const auto* table : {&rotary_, &local_rotary_})
    if (*table) (*table)->reserve(longest_sequence(batch));
  at::Tensor x = embed(w, batch);
  for (std::int64_t i = 0; i < config().layers; ++i)
    x = block(w, i, std::move(x), batch,
              batch.logit_positions.defined() && i + 1 == config().layers);
  if (const Linear& final = at(-1, DecoderRole::FinalNorm); final.weight) x = norm(w, final, x);
  if (const Linear& out = at(-1, DecoderRole::ProjectOut); out.weight)
    x = w.linear(x, {.weights = *out.weight});
  return x;
}

at::Tensor Decoder::logits_of(Weights& w, const at::Tensor& hidden, const Batch& batch) const {
  const DecoderRole matrix =
      config().tie_word_embeddings ? DecoderRole::Embedding : DecoderRole::Output;
  return layers::softcap(
      w.linear(hidden, {.weights = *at(-1, matrix).weight, .rows = batch.candidate_ids}),
      config().logit_softcap);
}

at::Tensor Decoder::logits(Weights& w, const Batch& batch) const {
  return logits_of(w, hidden(w, batch), batch);
}

// A perturbed output matrix is made anew for each part: with this many rows that is a small share
// of the product.
at::Tensor Decoder::token_losses(Weights& w, const Batch& batch) const {
  constexpr std::int64_t rows_together = 256;
  if (w.differentiable()) return {};
  const bool choices = batch.choice_count > 0;
  const at::Tensor x = hidden(w, batch);
  std::vector<at::Tensor> parts, numbers;  // numbers: with choices, of the targets of each part
  for (std::int64_t begin = 0; begin < x.size(1); begin += rows_together) {
    const std::int64_t count = std::min(rows_together, x.size(1) - begin);
    const at::Tensor rows = x.narrow(1, begin, count).contiguous();
    const at::Tensor logits = logits_of(w, rows, batch);
    if (!choices) {
      parts.push_back(negative_log_likelihoods(logits, batch.targets.narrow(0, begin, count)));
      continue;
    }
    const at::Tensor& at = batch.target_positions;
    const at::Tensor here = (at >= begin).logical_and(at < begin + count);
    numbers.push_back(at::nonzero(here).squeeze(1));
    parts.push_back(negative_log_likelihoods(logits,
                                             at::index_select(at, 0, numbers.back()) - begin,
                                             at::index_select(batch.targets, 0, numbers.back())));
  }
  const at::Tensor losses = at::cat(parts, 1);
  return choices ? at::index_select(losses, 1, at::argsort(at::cat(numbers))) : losses;
}

}  // namespace trainbus
