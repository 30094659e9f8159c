#include "published_models.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tril.h>

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

}  // namespace

PaddedBatch pad_for_language_model(const Batch& batch, const std::vector<std::int64_t>& words) {
  const std::int64_t count = batch.offsets.numel() - 1;
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  const std::int64_t* tokens = batch.tokens.const_data_ptr<std::int64_t>();
  const std::int64_t* targets = batch.targets.const_data_ptr<std::int64_t>();
  std::int64_t longest = 0;
  for (std::int64_t b = 0; b < count; ++b)
    longest = std::max(longest, offsets[b + 1] - offsets[b] + 1);
  PaddedBatch padded{at::full({count, longest}, 0, at::kLong),
                     at::full({count}, 0, at::kLong),
                     {},
                     at::full({count, longest}, -100, at::kLong),
                     0};
  for (std::int64_t b = 0; b < count; ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b] + 1;  // with the label
    std::int64_t* ids = padded.ids.mutable_data_ptr<std::int64_t>() + b * longest;
    std::copy(tokens + offsets[b], tokens + offsets[b + 1], ids);
    ids[length - 1] = words[static_cast<std::size_t>(targets[b])];
    // Labels stand where they are predicted: one position before the token.
    padded.labels.mutable_data_ptr<std::int64_t>()[b * longest + length - 2] = ids[length - 1];
    padded.lengths.mutable_data_ptr<std::int64_t>()[b] = length;
    padded.tokens += length;
  }
  const at::Tensor real = at::arange(longest).unsqueeze(0) < padded.lengths.unsqueeze(1);
  const at::Tensor causal = at::full({longest, longest}, true, at::kBool).tril();
  padded.mask = causal.view({1, 1, longest, longest}) & real.view({count, 1, 1, longest});
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

}  // namespace trainbus::bench
