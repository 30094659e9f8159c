// θ with gradients, for the forward passes of first-order optimizers.
#pragma once

#include <optional>
#include <vector>

#include "models/weights/weights.hpp"

namespace trainbus {

// Operations are recorded for LibTorch's autograd. Gradients accumulate over calls of backward() on
// what the model returned, until zero() is called. The leaves share memory with the parameters.
class TRAINBUS_EXPORT GradientWeights final : public Weights {
 public:
  explicit GradientWeights(const Parameters& parameters);

  bool differentiable() const override { return true; }
  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;

  // The accumulated gradient, same shape as the parameter; undefined if there is none.
  const at::Tensor& gradient(ParameterId id) const { return leaves_[id].grad(); }
  at::Tensor& mutable_gradient(ParameterId id) { return leaves_[id].mutable_grad(); }
  void zero();

 private:
  const Parameters& parameters_;
  std::vector<at::Tensor> leaves_;
};

}  // namespace trainbus
