// Internal: weights whose attention also sees the keys and values of what came before.
#pragma once

#include <span>
#include <vector>

#include "models/generation/kv_cache.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {

// Everything but attention is the other weights'. Of one side, since a cache holds one side's keys.
class CachedWeights final : public Weights {
 public:
  // caches: of each sequence of the batches, with room for its tokens. Throws RunError if the
  // weights have two sides or record gradients.
  CachedWeights(Weights& weights, std::span<KvCache* const> caches);

  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;
  at::Tensor head_norm(at::Tensor qkv, const HeadNormOp& op) override;
  at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) override;

 private:
  Weights& weights_;
  std::span<KvCache* const> caches_;
  std::vector<kernels::KeptKeys> kept_;  // of the layer at hand
};

}  // namespace trainbus
