// Weights whose operations are LibTorch's, one after another, as eager PyTorch computes them: the
// peer of the families' benchmark.
#pragma once

#include <optional>
#include <vector>

#include "models/weights/weights.hpp"

namespace trainbus::bench {

// For batches whose sequences have one length. parameters: in the model's order; must outlive this.
class EagerWeights final : public Weights {
 public:
  explicit EagerWeights(const std::vector<at::Tensor>& parameters) : parameters_(parameters) {}

  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;
  at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) override;

 private:
  const std::vector<at::Tensor>& parameters_;
};

}  // namespace trainbus::bench
