#include "published_models.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace trainbus::bench {
namespace {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor variance = x.pow(2).mean(-1, /*keepdim=*/true);
  return weight * (x * at::rsqrt(variance + eps));
}

at::Tensor rotate_half(const at::Tensor& x) {
  const std::int64_t half = x.size(-1) / 2;
  return at::cat({-x.narrow(-1, half, half), x.narrow(-1, 0, half)}, -1);
}

// [B, T, heads·d] → [B, heads, T, d]
at::Tensor heads_of(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor repeat_heads(const at::Tensor& x, std::int64_t times) {
  if (times == 1) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), x.size(1), times, x.size(2), x.size(3)})
      .reshape({x.size(0), x.size(1) * times, x.size(2), x.size(3)});
}

struct Rotary {
  at::Tensor cos, sin;  // [1, 1, T, d]
  at::Tensor operator()(const at::Tensor& x) const { return x * cos + rotate_half(x) * sin; }
};

Rotary rotary(const ModelConfig& c, std::int64_t length) {
  const at::Tensor steps = at::arange(0, c.head_dim, 2, at::kFloat) / c.head_dim;
  const at::Tensor frequencies = at::pow(c.rope_theta, steps).reciprocal();
  const at::Tensor angles = at::outer(at::arange(length, at::kFloat), frequencies);
  const at::Tensor both = at::cat({angles, angles}, -1).view({1, 1, length, c.head_dim});
  return {both.cos(), both.sin()};
}

at::Tensor llama_block(const at::Tensor* w, const ModelConfig& c, at::Tensor x, const Rotary& rope,
                       const at::Tensor& mask) {
  const std::int64_t batch = x.size(0), length = x.size(1);
  const at::Tensor h = rms_norm(x, w[7], c.norm_eps);
  const at::Tensor q = rope(heads_of(at::linear(h, w[0]), c.heads));
  const at::Tensor k = rope(heads_of(at::linear(h, w[1]), c.kv_heads));
  const at::Tensor v = heads_of(at::linear(h, w[2]), c.kv_heads);
  const std::int64_t times = c.heads / c.kv_heads;
  const at::Tensor a =
      at::scaled_dot_product_attention(q, repeat_heads(k, times), repeat_heads(v, times), mask);
  x = x + at::linear(a.transpose(1, 2).reshape({batch, length, -1}), w[3]);
  const at::Tensor f = rms_norm(x, w[8], c.norm_eps);
  return x + at::linear(at::silu(at::linear(f, w[4])) * at::linear(f, w[5]), w[6]);
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor* w, double eps) {
  return at::layer_norm(x, {x.size(-1)}, w[0], w[1], eps);
}

at::Tensor bert_block(const at::Tensor* w, const ModelConfig& c, const at::Tensor& x,
                      const at::Tensor& mask) {
  const at::Tensor q = heads_of(at::linear(x, w[0], w[1]), c.heads);
  const at::Tensor k = heads_of(at::linear(x, w[2], w[3]), c.heads);
  const at::Tensor v = heads_of(at::linear(x, w[4], w[5]), c.heads);
  const at::Tensor a = at::scaled_dot_product_attention(q, k, v, mask);
  const at::Tensor attended =
      at::linear(a.transpose(1, 2).reshape({x.size(0), x.size(1), -1}), w[6], w[7]);
  const at::Tensor h = layer_norm(attended + x, w + 8, c.norm_eps);
  const at::Tensor f = at::linear(at::gelu(at::linear(h, w[10], w[11])), w[12], w[13]);
  return layer_norm(f + h, w + 14, c.norm_eps);
}

// Sequence b's ids of `batch`, [from, to) of the packed tokens.
struct Sequence {
  const std::int64_t* begin;
  const std::int64_t* end;
};

Sequence sequence(const Batch& batch, std::int64_t b) {
  const auto* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const auto* tokens = batch.tokens.const_data_ptr<std::int64_t>();
  return {tokens + offsets[b], tokens + offsets[b + 1]};
}

// Ids padded on the right, `more` tokens left free behind each sequence.
PaddedBatch padded_ids(const Batch& batch, std::int64_t more) {
  const std::int64_t count = batch.offsets.numel() - 1;
  std::int64_t longest = 0;
  for (std::int64_t b = 0; b < count; ++b)
    longest = std::max(longest, sequence(batch, b).end - sequence(batch, b).begin + more);
  PaddedBatch padded{at::full({count, longest}, 0, at::kLong),
                     at::full({count}, 0, at::kLong),
                     {},
                     {},
                     batch.token_count + count * more};
  for (std::int64_t b = 0; b < count; ++b) {
    const auto [begin, end] = sequence(batch, b);
    std::copy(begin, end, padded.ids.mutable_data_ptr<std::int64_t>() + b * longest);
    padded.lengths.mutable_data_ptr<std::int64_t>()[b] = end - begin + more;
  }
  return padded;
}

// [B, T]: which positions are not padding.
at::Tensor real_positions(const PaddedBatch& batch) {
  return at::arange(batch.ids.size(1)).unsqueeze(0) < batch.lengths.unsqueeze(1);
}

}  // namespace

PaddedBatch pad_for_language_model(const Batch& batch, const std::vector<std::int64_t>& words) {
  PaddedBatch padded = padded_ids(batch, 1);
  const std::int64_t count = padded.ids.size(0), longest = padded.ids.size(1);
  const auto* targets = batch.targets.const_data_ptr<std::int64_t>();
  padded.labels = at::full({count, longest}, -100, at::kLong);
  for (std::int64_t b = 0; b < count; ++b) {
    const std::int64_t last = padded.lengths[b].item<std::int64_t>() - 1;
    const std::int64_t word = words[static_cast<std::size_t>(targets[b])];
    padded.ids.mutable_data_ptr<std::int64_t>()[b * longest + last] = word;
    // Labels stand where they are predicted: one position before the token.
    padded.labels.mutable_data_ptr<std::int64_t>()[b * longest + last - 1] = word;
  }
  const at::Tensor causal = at::full({longest, longest}, true, at::kBool).tril();
  padded.mask =
      causal.view({1, 1, longest, longest}) & real_positions(padded).view({count, 1, 1, longest});
  return padded;
}

PaddedBatch pad_for_encoder(const Batch& batch) {
  PaddedBatch padded = padded_ids(batch, 0);
  const std::int64_t count = padded.ids.size(0), longest = padded.ids.size(1);
  padded.labels = batch.targets;
  padded.mask =
      real_positions(padded).view({count, 1, 1, longest}).expand({count, 1, longest, longest});
  return padded;
}

at::Tensor published_llama_loss(const std::vector<at::Tensor>& w, const ModelConfig& c,
                                const PaddedBatch& batch) {
  constexpr std::int64_t per_block = 9;
  at::Tensor x = at::embedding(w[0], batch.ids);
  const Rotary rope = rotary(c, batch.ids.size(1));
  for (std::int64_t i = 0; i < c.layers; ++i)
    x = llama_block(&w[static_cast<std::size_t>(1 + i * per_block)], c, std::move(x), rope,
                    batch.mask);
  const auto last = static_cast<std::size_t>(1 + c.layers * per_block);
  x = rms_norm(x, w[last], c.norm_eps);
  const at::Tensor logits = at::linear(x, c.tie_word_embeddings ? w[0] : w[last + 1]);
  return at::cross_entropy_loss(logits.view({-1, logits.size(-1)}), batch.labels.view({-1}), {},
                                at::Reduction::Mean, -100);
}

at::Tensor published_bert_loss(const std::vector<at::Tensor>& w, const ModelConfig& c,
                               const PaddedBatch& batch) {
  constexpr std::size_t embeddings = 5, per_block = 16;
  const at::Tensor positions = at::arange(batch.ids.size(1));
  at::Tensor x = at::embedding(w[0], batch.ids) + at::embedding(w[2], at::zeros_like(batch.ids)) +
                 at::embedding(w[1], positions);
  x = layer_norm(x, &w[3], c.norm_eps);
  for (std::size_t i = 0; i < static_cast<std::size_t>(c.layers); ++i)
    x = bert_block(&w[embeddings + i * per_block], c, x, batch.mask);
  const at::Tensor real = real_positions(batch).unsqueeze(-1).to(at::kFloat);
  const at::Tensor mean = (x * real).sum(1) / real.sum(1);
  const std::size_t head = embeddings + static_cast<std::size_t>(c.layers) * per_block;
  return at::cross_entropy_loss(at::linear(mean, w[head], w[head + 1]), batch.labels);
}

}  // namespace trainbus::bench
