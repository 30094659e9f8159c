// A small classifier for tests and benchmarks: Linear, LayerNorm, tanh, Linear.
#pragma once

#include <cstdint>
#include <vector>

#include "models/model.hpp"

namespace trainbus {

// Reads Batch::features [N, F]; logits [1, N, classes]. Parameters: fc1.weight [H, F], fc1.bias,
// layer_norm.weight, layer_norm.bias, fc2.weight [classes, H], fc2.bias.
class TRAINBUS_EXPORT Mlp final : public Model {
 public:
  static std::vector<Parameters::Shape> shapes(std::int64_t features, std::int64_t hidden,
                                               std::int64_t classes);
  explicit Mlp(Parameters parameters);

  at::Tensor logits(Weights& weights, const Batch& batch) const override;
  std::string family() const override { return "mlp"; }

  // Fills the parameters with PyTorch's default initialisation, uniform in ±1/√fan_in, from a seed.
  void initialize(std::uint64_t seed);
};

}  // namespace trainbus
