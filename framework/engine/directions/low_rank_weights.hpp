// Weights at θ ± εZ for a Z of low rank, both sides in one forward pass, or one of them, without
// perturbed weights in memory: x(θ + sεZ)ᵀ = xθᵀ + sε/√r · (xV)Uᵀ (LOZO, arXiv 2410.07698).
#pragma once

#include "engine/directions/low_rank_direction.hpp"
#include "models/weights/materialized_weights.hpp"

namespace trainbus {

// S = 2: first θ + eps·Z, then θ − eps·Z. θ is read once, for both sides' tokens in one product.
// S = 1: θ + eps·Z.
class TRAINBUS_EXPORT LowRankWeights final : public MaterializedWeights {
 public:
  LowRankWeights(const Parameters& parameters, const LowRankDirection& direction, float eps,
                 std::int64_t sides = 2)
      : MaterializedWeights(parameters), direction_(direction), eps_(eps), sides_(sides) {}

  std::int64_t sides() const override { return sides_; }

 protected:
  void multiply(const at::Tensor& x, std::span<const ParameterId> ids, const at::Tensor& bias,
                bool accumulate, at::Tensor& y) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;

 private:
  const LowRankDirection& direction_;
  float eps_;
  std::int64_t sides_;
};

}  // namespace trainbus
