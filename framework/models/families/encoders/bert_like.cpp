#include "models/families/encoders/bert_like.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "models/families/learned_positions.hpp"

namespace trainbus {
namespace {

// The rows of a position embedding that begins behind the padding's.
at::Tensor positions_behind(std::int64_t padding, const Batch& batch) {
  if (!batch.tokens.is_cpu()) {
    const at::Tensor counted = batch.tokens.view({batch.offsets.numel() - 1, -1}).ne(padding);
    return (at::cumsum(counted, 1) * counted + padding).flatten();
  }
  const std::int64_t* tokens = batch.tokens.const_data_ptr<std::int64_t>();
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  at::Tensor rows = at::empty({batch.tokens.numel()}, at::kLong);
  std::int64_t* row = rows.mutable_data_ptr<std::int64_t>();
  for (std::int64_t b = 0; b + 1 < batch.offsets.numel(); ++b) {
    std::int64_t last = padding;
    for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
      row[t] = tokens[t] == padding ? padding : ++last;
  }
  return rows;
}

}  // namespace

BertLike::BertLike(ModelConfig given, Parameters parameters, BertLikeParts parts)
    : Encoder(std::move(given), std::move(parameters), parts.head),
      parts_(std::move(parts)),
      heads_{config().heads, config().heads, config().head_dim},
      activation_(activation_named(config().hidden_act)) {}

std::int64_t BertLike::positions() const {
  return config().max_position_embeddings - (parts_.padding ? *parts_.padding + 1 : 0);
}

at::Tensor BertLike::embed(Weights& w, const Batch& batch) const {
  const at::Tensor counted = learned_positions(batch, positions());
  at::Tensor x = w.embedding(batch.tokens, parts_.words);
  if (parts_.segments) {
    const at::Tensor types =
        batch.token_types.defined() ? batch.token_types : at::zeros({1}, batch.tokens.options());
    x = x + w.embedding(types, *parts_.segments);
  }
  x = x + w.embedding(parts_.padding ? positions_behind(*parts_.padding, batch) : counted,
                      parts_.positions);
  x = w.layer_norm(x, parts_.embedding_norm.weight, parts_.embedding_norm.bias, config().norm_eps);
  return parts_.projection ? w.linear(x, parts_.projection->weight, parts_.projection->biases())
                           : x;
}

at::Tensor BertLike::encode(Weights& w, const Batch& batch, const at::Tensor& positions) const {
  at::Tensor x = embed(w, batch);
  std::int64_t layer = 0;
  for (const PostNormBlock& p : parts_.blocks) {
    const at::Tensor qkv = w.linear(x, {.weights = {p.query.weight, p.key.weight, p.value.weight},
                                        .biases = {*p.query.bias, *p.key.bias, *p.value.bias}});
    at::Tensor h = w.attention(
        qkv, batch, {.layer = layer++, .heads = heads_, .kind = layers::Attention::Bidirectional});
    if (positions.defined() && &p == &parts_.blocks.back()) {  // the last block is read here only
      x = at::index_select(x, 1, positions);
      h = at::index_select(h, 1, positions);
    }
    x = after_attention(w, p, std::move(x), h, activation_, config().norm_eps);
  }
  return x;
}

}  // namespace trainbus
