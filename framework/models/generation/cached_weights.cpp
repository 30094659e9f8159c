#include "models/generation/cached_weights.hpp"

#include <ATen/ops/empty.h>

#include <string>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

kernels::RotaryView view_of(const layers::RotaryTable* rotary) {
  if (!rotary) return {};
  return {rotary->cosines().const_data_ptr<float>(), rotary->sines().const_data_ptr<float>(),
          rotary->positions(), rotary->rotated()};
}

kernels::AttentionShape shape_of(const AttentionOp& op) {
  return {.heads = op.heads.query,
          .kv_heads = op.heads.key_value,
          .head_dim = op.heads.dimension,
          .scale = static_cast<float>(op.scale),
          .causal = op.kind == layers::Attention::Causal,
          .window = op.window,
          .softcap = static_cast<float>(op.softcap)};
}

}  // namespace

CachedWeights::CachedWeights(Weights& weights, std::span<KvCache* const> caches)
    : weights_(weights), caches_(caches) {
  if (weights.sides() == 1 && !weights.differentiable()) return;
  throw RunError("weights of " + std::to_string(weights.sides()) + " sides" +
                     (weights.differentiable() ? " that record gradients" : "") +
                     " for generation, expected one side without gradients",
                 "generation", "Generate at one point of parameter space at a time.");
}

at::Tensor CachedWeights::linear(const at::Tensor& x, const LinearOp& op) {
  return weights_.linear(x, op);
}

at::Tensor CachedWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  return weights_.embedding(ids, matrix);
}

at::Tensor CachedWeights::rms_norm(const at::Tensor& x, ParameterId weight, double eps,
                                   double offset) {
  return weights_.rms_norm(x, weight, eps, offset);
}

at::Tensor CachedWeights::layer_norm(const at::Tensor& x, ParameterId weight,
                                     std::optional<ParameterId> bias, double eps) {
  return weights_.layer_norm(x, weight, bias, eps);
}

at::Tensor CachedWeights::head_norm(at::Tensor qkv, const HeadNormOp& op) {
  return weights_.head_norm(std::move(qkv), op);
}

at::Tensor CachedWeights::attention(const at::Tensor& qkv, const Batch& batch,
                                    const AttentionOp& op) {
  const std::span offsets(batch.offsets.const_data_ptr<std::int64_t>(),
                          static_cast<std::size_t>(batch.offsets.numel()));
  const std::span starts(batch.starts.const_data_ptr<std::int64_t>(), caches_.size());
  const std::int64_t width = op.heads.query * op.heads.dimension;
  at::Tensor y = at::empty({1, qkv.size(1), width}, qkv.options());
  const float* const x = qkv.const_data_ptr<float>();
  float* const to = y.mutable_data_ptr<float>();
  kept_.clear();
  for (KvCache* cache : caches_) kept_.push_back(cache->layer(op.layer));
  const bool one_table = !op.rotary || &op.rotary->for_length(longest_sequence(batch)) == op.rotary;
  if (one_table) {
    kernels::attention_with_kept(x, offsets, kept_, shape_of(op), view_of(op.rotary), to);
    return y;
  }
  for (std::size_t b = 0; b < caches_.size(); ++b) {  // each text by the table for its length
    const std::int64_t own[] = {0, offsets[b + 1] - offsets[b]};
    kernels::attention_with_kept(x + offsets[b] * qkv.size(2), own, std::span(kept_).subspan(b, 1),
                                 shape_of(op), view_of(&op.rotary->for_length(starts[b] + own[1])),
                                 to + offsets[b] * width);
  }
  return y;
}

}  // namespace trainbus
