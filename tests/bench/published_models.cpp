#include "published_models.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace trainbus::bench {
namespace {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor h = x.to(at::kFloat);
  const at::Tensor variance = h.pow(2).mean(-1, /*keepdim=*/true);
  return weight * (h * at::rsqrt(variance + eps)).to(x.scalar_type());
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

// Without a mask where there is no padding, which is what transformers finds out.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const at::Tensor& mask, std::optional<double> scale = std::nullopt) {
  if (!mask.defined())
    return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/true, scale);
  return at::scaled_dot_product_attention(q, k, v, mask, 0.0, /*is_causal=*/false, scale);
}

// [B, heads, T, d] → [B, T, heads·d]
at::Tensor of_heads(const at::Tensor& x) {
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), -1});
}

struct Rotary {
  at::Tensor cos, sin;  // [1, 1, T, d]
  at::Tensor operator()(const at::Tensor& x) const { return x * cos + rotate_half(x) * sin; }
};

// For x [B, T, D], in its type.
Rotary rotary(const ModelConfig& c, const at::Tensor& x) {
  const std::int64_t length = x.size(1);
  const at::TensorOptions options = x.options().dtype(at::kFloat);
  const at::Tensor steps = at::arange(0, c.head_dim, 2, options) / c.head_dim;
  const at::Tensor frequencies = at::pow(c.rope.theta, steps).reciprocal();
  const at::Tensor angles = at::outer(at::arange(length, options), frequencies);
  const at::Tensor both = at::cat({angles, angles}, -1).view({1, 1, length, c.head_dim});
  return {both.cos().to(x.scalar_type()), both.sin().to(x.scalar_type())};
}

at::Tensor llama_block(const at::Tensor* w, const ModelConfig& c, at::Tensor x, const Rotary& rope,
                       const at::Tensor& mask) {
  const at::Tensor h = rms_norm(x, w[7], c.norm_eps);
  const at::Tensor q = rope(heads_of(at::linear(h, w[0]), c.heads));
  const at::Tensor k = rope(heads_of(at::linear(h, w[1]), c.kv_heads));
  const at::Tensor v = heads_of(at::linear(h, w[2]), c.kv_heads);
  const std::int64_t times = c.heads / c.kv_heads;
  const at::Tensor a = attention(q, repeat_heads(k, times), repeat_heads(v, times), mask);
  x = x + at::linear(of_heads(a), w[3]);
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
  const at::Tensor attended = at::linear(of_heads(attention(q, k, v, mask)), w[6], w[7]);
  const at::Tensor h = layer_norm(attended + x, w + 8, c.norm_eps);
  const at::Tensor f = at::linear(at::gelu(at::linear(h, w[10], w[11])), w[12], w[13]);
  return layer_norm(f + h, w + 14, c.norm_eps);
}

// Tensors of a block: k, v, q, out, attention norm, fc1, fc2, final norm, each with its bias.
at::Tensor opt_block(const at::Tensor* w, const ModelConfig& c, const at::Tensor& x,
                     const at::Tensor& mask) {
  const double scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  const at::Tensor h = layer_norm(x, w + 8, c.norm_eps);
  const at::Tensor q = heads_of(at::linear(h, w[4], w[5]) * scale, c.heads);
  const at::Tensor k = heads_of(at::linear(h, w[0], w[1]), c.heads);
  const at::Tensor v = heads_of(at::linear(h, w[2], w[3]), c.heads);
  const at::Tensor a = attention(q, k, v, mask, 1.0);
  const at::Tensor attended = x + at::linear(of_heads(a), w[6], w[7]);
  const at::Tensor f = layer_norm(attended, w + 14, c.norm_eps);
  return attended + at::linear(at::relu(at::linear(f, w[10], w[11])), w[12], w[13]);
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
  return at::arange(batch.ids.size(1), batch.lengths.options()).unsqueeze(0) <
         batch.lengths.unsqueeze(1);
}

}  // namespace

PaddedBatch uploaded(const PaddedBatch& batch, at::Device device) {
  const auto there = [device](const at::Tensor& x) {
    return x.defined() ? x.to(at::TensorOptions(device), /*non_blocking=*/false, /*copy=*/true) : x;
  };
  return {there(batch.ids), there(batch.lengths), there(batch.mask), there(batch.labels),
          batch.tokens};
}

PaddedBatch pad_for_language_model(const Batch& batch, const std::vector<std::int64_t>& words) {
  PaddedBatch padded = padded_ids(batch, 1);
  const std::int64_t count = padded.ids.size(0), longest = padded.ids.size(1);
  const auto* targets = batch.targets.const_data_ptr<std::int64_t>();
  padded.labels = at::full({count, longest}, -100, at::kLong);
  for (std::int64_t b = 0; b < count; ++b) {
    const std::int64_t last = padded.lengths[b].item<std::int64_t>() - 1;
    const std::int64_t word = words[static_cast<std::size_t>(targets[b])];
    padded.ids.mutable_data_ptr<std::int64_t>()[b * longest + last] = word;
    // Labels are at the positions that predict them: one before the token.
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
  const Rotary rope = rotary(c, x);
  for (std::int64_t i = 0; i < c.layers; ++i)
    x = llama_block(&w[static_cast<std::size_t>(1 + i * per_block)], c, std::move(x), rope,
                    batch.mask);
  const auto last = static_cast<std::size_t>(1 + c.layers * per_block);
  x = rms_norm(x, w[last], c.norm_eps);
  const at::Tensor logits = at::linear(x, c.tie_word_embeddings ? w[0] : w[last + 1]);
  return at::cross_entropy_loss(logits.view({-1, logits.size(-1)}), batch.labels.view({-1}), {},
                                at::Reduction::Mean, -100);
}

at::Tensor published_opt_loss(const std::vector<at::Tensor>& w, const ModelConfig& c,
                              const PaddedBatch& batch) {
  constexpr std::int64_t position_offset = 2;
  constexpr std::size_t first_block = 4, per_block = 16;
  const at::Tensor real = real_positions(batch).to(at::kLong);
  const at::Tensor positions = at::cumsum(real, 1) * real - 1 + position_offset;
  at::Tensor x = at::embedding(w[0], batch.ids) + at::embedding(w[1], positions);
  const auto layers = static_cast<std::size_t>(c.layers);
  for (std::size_t i = 0; i < layers; ++i)
    x = opt_block(&w[first_block + i * per_block], c, x, batch.mask);
  x = layer_norm(x, &w[2], c.norm_eps);
  const at::Tensor logits =
      at::linear(x, c.tie_word_embeddings ? w[0] : w[first_block + layers * per_block]);
  const std::int64_t predicted = logits.size(1) - 1;
  const at::Tensor shifted = logits.narrow(1, 0, predicted).contiguous();
  const at::Tensor labels = batch.labels.narrow(1, 0, predicted).contiguous();
  return at::cross_entropy_loss(shifted.view({-1, shifted.size(-1)}), labels.view({-1}), {},
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
