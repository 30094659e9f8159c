#include "models/families/mlp.hpp"

#include <ATen/ops/tanh.h>

#include <cmath>

#include "core/io/error.hpp"
#include "kernels/philox.hpp"

namespace trainbus {
namespace {

enum : ParameterId { fc1_weight, fc1_bias, norm_weight, norm_bias, fc2_weight, fc2_bias };
constexpr double layer_norm_eps = 1e-5;

}  // namespace

std::vector<Parameters::Shape> Mlp::shapes(std::int64_t features, std::int64_t hidden,
                                           std::int64_t classes) {
  return {{"fc1.weight", {hidden, features}}, {"fc1.bias", {hidden}},
          {"layer_norm.weight", {hidden}},    {"layer_norm.bias", {hidden}},
          {"fc2.weight", {classes, hidden}},  {"fc2.bias", {classes}}};
}

Mlp::Mlp(Parameters parameters) : Model(std::move(parameters)) {
  if (this->parameters().size() != 6)
    throw UsageError(
        "an mlp has 6 parameter tensors, found " + std::to_string(this->parameters().size()), "",
        "");
}

at::Tensor Mlp::logits(Weights& weights, const Batch& batch) const {
  at::Tensor x =
      weights.linear(batch.features.unsqueeze(0), {.weights = fc1_weight, .biases = fc1_bias});
  x = at::tanh(weights.layer_norm(x, norm_weight, norm_bias, layer_norm_eps));
  return weights.linear(x, {.weights = fc2_weight, .biases = fc2_bias});
}

void Mlp::initialize(std::uint64_t seed) {
  for (ParameterId id = 0; id < parameters().size(); ++id) {
    at::Tensor& value = parameters()[id].value;
    if (id == norm_weight || id == norm_bias) {
      value.fill_(id == norm_weight ? 1 : 0);
      continue;
    }
    const bool first_layer = id == fc1_weight || id == fc1_bias;
    const double bound =
        1 / std::sqrt(parameters()[first_layer ? fc1_weight : fc2_weight].value.size(1));
    float* values = value.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i) {
      const std::uint32_t word = kernels::philox_word(seed, static_cast<std::uint64_t>(i), id);
      values[i] = static_cast<float>(bound * (std::ldexp(word, -31) - 1));
    }
  }
}

}  // namespace trainbus
